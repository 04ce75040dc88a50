"""Libraries and models of receivers accept the deliveries."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import standardwebhooks
import svix.webhooks
from checks import CORRELATION_HEADER, check_workflow, published, raw_value
from conftest import Endpoint
from flock.api.models import WebhookPayload
from processes import FlockServer, RelayProcess
from receiver import Receiver

PLAIN = "a plain secret ü"
STANDARD = "whsec_" + base64.b64encode(b"0123456789abcdefghijklmn").decode()


def library_key(secret: str) -> str:
    """The secret in the form that Standard Webhooks libraries expect."""
    if secret.startswith("whsec_"):
        return secret
    return "whsec_" + base64.b64encode(secret.encode()).decode()


@pytest.mark.parametrize("secret", [PLAIN, STANDARD], ids=["plain", "whsec"])
@pytest.mark.parametrize(
    "library", [standardwebhooks.Webhook, svix.webhooks.Webhook], ids=["standardwebhooks", "svix"]
)
def test_standard_webhooks_libraries_verify(
    endpoint: Endpoint, receiver: Receiver, library: Callable, secret: str
) -> None:
    fields = {"webhook_url": receiver.url(), "webhook_secret": secret}
    answer = endpoint.server.publish("AwkwardRequest", {"writable": True}, route=endpoint.route, **fields)
    for delivery in check_workflow(endpoint.server, answer.headers[CORRELATION_HEADER], 2, receiver, secret):
        verifier = library(library_key(secret))
        verifier.verify(delivery.body, delivery.headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verifier.verify(delivery.body + b" ", delivery.headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            library(library_key("another")).verify(delivery.body, delivery.headers)


@pytest.fixture
def flock_format_relay(relay_binary: str, tmp_path: Path):
    """A relay that sends bodies in the format of flock-core's own webhooks."""
    with RelayProcess(relay_binary, tmp_path, "--format", "flock") as process:
        yield process


def test_the_flock_format_matches_flocks_own_model(
    server: FlockServer, flock_format_relay: RelayProcess, receiver: Receiver
) -> None:
    server.proxy.forward(flock_format_relay.socket)
    fields = {"webhook_url": receiver.url(), "webhook_secret": PLAIN}
    answer = server.publish("AwkwardRequest", {"writable": True}, **fields)
    workflow = answer.headers[CORRELATION_HEADER]
    deliveries = sorted(receiver.wait(2), key=lambda delivery: delivery.fields["sequence"])
    stored = server.artifacts(workflow)
    lines = published(server, workflow)
    for number, delivery in enumerate(deliveries, start=1):
        accepted = WebhookPayload.model_validate_json(delivery.body, strict=True)
        assert list(delivery.fields) == list(WebhookPayload.model_fields)
        assert accepted.event_type == "artifact.created"
        assert (accepted.correlation_id, accepted.sequence) == (workflow, number)
        assert accepted.artifact.type == stored[accepted.artifact.id]["type"]
        assert accepted.artifact.created_at == stored[accepted.artifact.id]["created_at"]
        assert accepted.timestamp == json.loads(lines[accepted.artifact.id])["timestamp"]
        assert delivery.is_signed_with(PLAIN)
        payload = raw_value(raw_value(delivery.body, "artifact"), "payload")
        assert payload == raw_value(lines[accepted.artifact.id], "payload")
