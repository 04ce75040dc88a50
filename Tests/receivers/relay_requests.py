"""Requests as the relay makes them, written from the documentation and independent of its code."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def flock_signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard_signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def asymmetric_signature(key: Ed25519PrivateKey, message_id: str, timestamp: int, body: bytes) -> str:
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1a," + base64.b64encode(key.sign(signed)).decode()


def public_key(key: Ed25519PrivateKey) -> str:
    return "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def message_id(correlation_id: str, artifact_id: str) -> str:
    return "msg_" + hashlib.sha256(f"{correlation_id}\0{artifact_id}".encode()).hexdigest()[:32]


# Parsing and re-serialising this payload gives different bytes.
PAYLOAD = r'{"score": 1.0,"tiny":1e-7,"huge":18446744073709551619,"text":"\u0041\/é 💥","b":1,"a":2}'


@dataclass
class Delivery:
    """One delivery; `headers` signs it again, as each attempt does."""

    correlation_id: str
    sequence: int = 1
    artifact_id: str = "artifact-1"
    format: str = "flat"
    payload: str = PAYLOAD
    body: bytes = field(init=False)

    def __post_init__(self) -> None:
        name = {key: json.dumps(value) for key, value in vars(self).items()}
        if self.format == "flat":
            text = (
                '{"event_type":"artifact.created","artifact_id":%(artifact_id)s,"type":"Draft","produced_by":"alpha",'
                '"correlation_id":%(correlation_id)s,"sequence":%(sequence)s,"payload":@,'
                '"created_at":"2026-01-15T09:30:00+00:00","tags":[],"timestamp":"2026-01-15T09:30:00.001000Z"}'
            )
        else:
            text = (
                '{"event_type":"artifact.created","correlation_id":%(correlation_id)s,"sequence":%(sequence)s,'
                '"artifact":{"id":%(artifact_id)s,"type":"Draft","produced_by":"alpha","payload":@,'
                '"created_at":"2026-01-15T09:30:00+00:00","tags":[]},"timestamp":"2026-01-15T09:30:00.001000Z"}'
            )
        self.body = (text % name).replace("@", self.payload).encode()

    def headers(
        self, *secrets: str, key: Ed25519PrivateKey | None = None, attempt: int = 1, age: int = 0
    ) -> dict[str, str]:
        """The headers of an attempt that was signed `age` seconds ago, with these secrets and this key."""
        identifier = message_id(self.correlation_id, self.artifact_id)
        timestamp = int(time.time()) - age
        signatures = [standard_signature(secret, identifier, timestamp, self.body) for secret in secrets]
        signatures += [asymmetric_signature(key, identifier, timestamp, self.body)] if key else []
        return {
            "Content-Type": "application/json",
            "User-Agent": "flock-relay/test",
            "X-Flock-Correlation-Id": self.correlation_id,
            "X-Flock-Sequence": str(self.sequence),
            "X-Flock-Artifact-Id": self.artifact_id,
            "X-Flock-Attempt": str(attempt),
            "webhook-id": identifier,
            "webhook-timestamp": str(timestamp),
            **({"X-Flock-Signature": flock_signature(secrets[0], self.body)} if secrets else {}),
            **({"webhook-signature": " ".join(signatures)} if signatures else {}),
        }
