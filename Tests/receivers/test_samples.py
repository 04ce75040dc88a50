"""The receivers of docs/receivers.md, started as printed there, with requests as the relay makes them."""

import base64
import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import sample_document as document
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from relay_requests import PAYLOAD, Delivery, flock_signature, message_id, public_key, standard_signature
from sample_processes import MAX_WAIT, NODE_MODULES, Receiver, Relay, missing, needed

# The Go sample also runs if a compiler is installed; the tests do not require one.
LANGUAGES = ["python", "javascript"] + (["go"] if shutil.which("go") else [])
SECRETS = {"whsec": "whsec_ZXhhbXBsZS1rZXktMzItYnl0ZXMtbG9uZy0wMDAwMDE=", "plain": "päss wörd/+="}
SECRET = SECRETS["whsec"]
KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
# The tests do not require the libraries for JavaScript and Go. The one for JavaScript is used if it is installed.
LIBRARIES = ["python"] + (["javascript"] if (NODE_MODULES / "standardwebhooks").exists() else [])
CASES = [(language, scheme) for language in LANGUAGES for scheme in document.SCHEMES
         if scheme != "library" or language in LIBRARIES]
STANDARD_CASES = [(language, scheme) for language, scheme in CASES if scheme != "flock"]


@pytest.fixture
def directory():
    """A short path: the name of a Unix socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="receivers-") as path:
        yield Path(path)


@pytest.fixture
def start(directory):
    """Starts receivers, each in its own directory, and stops them at the end."""
    running = []

    def start(language, scheme="standard", secret=SECRET, old="", key=KEY, old_key=None, name="receiver"):
        """Gives the receiver the secrets or the public keys, according to its scheme."""
        home = directory / name
        home.mkdir(exist_ok=True)
        if scheme == "ed25519":
            known = {"WEBHOOK_PUBLIC_KEY": key, "WEBHOOK_PUBLIC_KEY_OLD": old_key}
            known = {name: public_key(key) if key else "" for name, key in known.items()}
        else:
            known = {"WEBHOOK_SECRET": secret, "WEBHOOK_SECRET_OLD": old}
        receiver = Receiver(language, scheme, home, known)
        running.append(receiver)
        return receiver

    yield start
    for receiver in running:
        receiver.stop()


each_scheme = pytest.mark.parametrize("language, scheme", CASES)


def signed(delivery, scheme, secret=SECRET, key=KEY, **more):
    """Headers with the signatures of one kind only: with the secret, or with the key."""
    return delivery.headers(key=key, **more) if scheme == "ed25519" else delivery.headers(secret, **more)


@each_scheme
@pytest.mark.parametrize("format", ["flat", "flock"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_valid_delivery_is_accepted(start, language, scheme, format, secret):
    receiver = start(language, scheme, secret)
    delivery = Delivery("run-1", sequence=7, format=format)
    assert receiver.post(delivery.body, delivery.headers(secret, key=KEY)) == 202
    assert receiver.line() == "received run-1 7 Draft"


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_end_of_a_workflow_is_accepted_and_the_next_delivery_too(start, language):
    receiver = start(language)
    end, following = Delivery("run-1", artifact_id="workflow.completed"), Delivery("run-1", sequence=2)
    end.body = document.blocks("json")[2].strip().encode()
    for delivery in (end, following):
        assert receiver.post(delivery.body, delivery.headers(SECRET)) == 202
    assert receiver.line().endswith(" 5 workflow.completed")
    assert receiver.line() == "received run-1 2 Draft"


@each_scheme
def test_a_forged_delivery_is_rejected_and_not_processed(start, language, scheme):
    receiver = start(language, scheme)
    delivery = Delivery("forged")
    headers = signed(delivery, scheme)
    signature = "X-Flock-Signature" if scheme == "flock" else "webhook-signature"

    def without(name):
        return {key: value for key, value in headers.items() if key != name}

    forged = {
        "altered body": (delivery.body.replace(b"1.0", b"2.0"), headers),
        "re-serialised body": (json.dumps(json.loads(delivery.body)).encode(), headers),
        "wrong secret and key": (delivery.body, delivery.headers("whsec_d3Jvbmc=", key=OTHER_KEY)),
        "no signature": (delivery.body, without(signature)),
        "empty signature": (delivery.body, {**headers, signature: ""}),
        "signature cut short": (delivery.body, {**headers, signature: headers[signature][:-4]}),
        "signature that is not base64": (delivery.body, {**headers, signature: f"v1,? v1a,? {headers[signature][:9]}"}),
        "versions without signature": (delivery.body, {**headers, signature: "v1, v1a, v1 v1a"}),
        "signature in Latin-1": (delivery.body, {**headers, signature: "sha256=é"}),
        "no id": (delivery.body, without("webhook-id")),
        "empty key": (delivery.body, delivery.headers("", key=OTHER_KEY)),
    }
    assert {case: receiver.post(*request) for case, request in forged.items()} == dict.fromkeys(forged, 401)

    genuine = Delivery("genuine")
    assert receiver.post(genuine.body, signed(genuine, scheme)) == 202
    assert receiver.line() == "received genuine 1 Draft"


@pytest.mark.parametrize("language, scheme", STANDARD_CASES)
def test_standard_webhooks_rejects_replays_and_changed_headers(start, language, scheme):
    receiver = start(language, scheme)
    delivery = Delivery("replay")
    headers = signed(delivery, scheme)
    old, future = signed(delivery, scheme, age=301), signed(delivery, scheme, age=-310)
    version, _, signature = headers["webhook-signature"].partition(",")
    other_versions = " ".join(f"{name},{signature}" for name in ("v0", "v1", "v1a", "v2") if name != version)
    forged = {
        "too old": old,
        "too far in the future": future,
        "old signature with a new timestamp": {**old, "webhook-timestamp": headers["webhook-timestamp"]},
        "another id": {**headers, "webhook-id": message_id("replay", "artifact-2")},
        "no timestamp": {key: value for key, value in headers.items() if key != "webhook-timestamp"},
        "a timestamp that is no number": {**headers, "webhook-timestamp": "now"},
        "a timestamp that is not finite": {**headers, "webhook-timestamp": "NaN"},
        "only X-Flock-Signature": {key: value for key, value in headers.items() if key != "webhook-signature"},
        "another version": {**headers, "webhook-signature": other_versions},
    }
    answers = {case: receiver.post(delivery.body, changed) for case, changed in forged.items()}
    assert answers == dict.fromkeys(forged, 401)

    several = {**headers, "webhook-signature": f"v1,AAAA v1a,BBBB v9,CCCC {headers['webhook-signature']}"}
    assert receiver.post(delivery.body, several) == 202
    late = Delivery("late")
    assert receiver.post(late.body, signed(late, scheme, age=290)) == 202


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_flock_signature_does_not_protect_from_replays(start, language):
    """As the document warns: with this scheme an old request is accepted."""
    receiver = start(language, "flock")
    delivery = Delivery("recorded")
    assert receiver.post(delivery.body, delivery.headers(SECRET, age=86_400)) == 202


@each_scheme
def test_a_repeated_delivery_is_answered_and_processed_once(start, language, scheme):
    receiver = start(language, scheme)
    first, second = Delivery("run-1"), Delivery("run-1", sequence=2, artifact_id="artifact-2")
    for attempt in (1, 2, 3):
        assert receiver.post(first.body, signed(first, scheme, attempt=attempt)) == 202
    assert receiver.post(second.body, signed(second, scheme)) == 202
    assert [receiver.line(), receiver.line()] == ["received run-1 1 Draft", "received run-1 2 Draft"]


def test_the_python_sample_remembers_deliveries_across_a_restart(start):
    delivery, next_one = Delivery("run-1"), Delivery("run-1", sequence=2, artifact_id="artifact-2")
    receiver = start("python")
    assert receiver.post(delivery.body, delivery.headers(SECRET)) == 202
    assert receiver.line() == "received run-1 1 Draft"
    # Each delivery is marked as processed before the next one begins.
    assert receiver.post(next_one.body, next_one.headers(SECRET)) == 202
    assert receiver.line() == "received run-1 2 Draft"
    receiver.stop()

    receiver = start("python")
    assert receiver.post(delivery.body, delivery.headers(SECRET, attempt=2)) == 202
    last = Delivery("run-1", sequence=3, artifact_id="artifact-3")
    assert receiver.post(last.body, last.headers(SECRET)) == 202
    seen = [receiver.line()]
    while not seen[-1].endswith(" 3 Draft"):
        seen.append(receiver.line())
    assert "received run-1 1 Draft" not in seen


@each_scheme
def test_a_receiver_that_knows_both_accepts_both_during_a_rotation(start, language, scheme):
    receiver = start(language, scheme, secret=SECRETS["whsec"], old=SECRETS["plain"], key=OTHER_KEY, old_key=KEY)
    for number, (secret, key) in enumerate(zip(SECRETS.values(), (OTHER_KEY, KEY), strict=True), start=1):
        delivery = Delivery("rotation", sequence=number, artifact_id=f"artifact-{number}")
        assert receiver.post(delivery.body, signed(delivery, scheme, secret, key)) == 202


@pytest.mark.parametrize("language, scheme", [case for case in STANDARD_CASES if case[1] != "ed25519"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_receivers_with_the_old_or_the_new_secret_accept_a_request_that_is_signed_with_both(
    start, language, scheme, secret
):
    receiver = start(language, scheme, secret)
    delivery = Delivery("rotation")
    assert receiver.post(delivery.body, delivery.headers(*SECRETS.values(), key=KEY)) == 202


@each_scheme
def test_without_a_secret_nothing_is_accepted(start, language, scheme):
    receiver = start(language, scheme, secret="", key=None)
    delivery = Delivery("run-1")
    assert receiver.post(delivery.body, delivery.headers("", key=KEY)) == 401


@pytest.mark.parametrize("language", LANGUAGES)
def test_large_bodies_are_accepted_and_too_large_ones_rejected(start, language):
    receiver = start(language)
    large = Delivery("large", payload='{"text":"%s"}' % ("x" * 8 * 1024 * 1024))
    assert receiver.post(large.body, large.headers(SECRET)) == 202
    assert receiver.line() == "received large 1 Draft"
    boundless = {**large.headers(SECRET), "Content-Length": str(1024**4)}
    assert receiver.post(b"", boundless) == 413


def test_the_test_vector_of_the_document_is_correct():
    text = document.DOCUMENT.read_text()
    request = document.blocks("http")[0]
    secret, public_key = (block.strip() for block in document.blocks("text"))
    flat = document.blocks("json")[0].strip().encode()
    header = dict(re.findall(r"^([\w-]+): (.*)$", request, re.MULTILINE))
    event = json.loads(flat)
    assert header["webhook-id"] == message_id(event["correlation_id"], event["artifact_id"])
    assert header["X-Flock-Signature"] == flock_signature(secret, flat)
    timestamp = int(header["webhook-timestamp"])
    symmetric, asymmetric = header["webhook-signature"].split()
    assert symmetric == standard_signature(secret, header["webhook-id"], timestamp, flat)
    assert asymmetric.startswith("v1a,")
    message = b"%s.%d.%s" % (header["webhook-id"].encode(), timestamp, flat)
    verifier = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    verifier.verify(base64.b64decode(asymmetric.removeprefix("v1a,")), message)  # raises if it does not match
    assert header["X-Flock-Correlation-Id"] == event["correlation_id"]
    assert header["X-Flock-Artifact-Id"] == event["artifact_id"]
    assert text.count(secret) == 1


def test_both_formats_in_the_document_describe_the_same_delivery():
    flat, flock = (json.loads(block) for block in document.blocks("json")[:2])
    artifact = flock.pop("artifact")
    artifact["artifact_id"] = artifact.pop("id")
    assert {**flock, **artifact} == flat
    assert list(flat) == ["event_type", "artifact_id", "type", "produced_by", "correlation_id", "sequence",
                          "payload", "created_at", "tags", "timestamp"]


def test_the_request_made_by_hand_is_accepted(start, directory):
    for program in ("bash", "curl", "openssl", "base64"):
        needed(program, "the request made by hand")
    receiver = start("python", secret="example-secret")
    delivery = Delivery("by-hand")
    (directory / "body.json").write_bytes(delivery.body + b"\n")
    script = next(block for block in document.blocks("sh") if "--data-binary" in block)
    assert "http://127.0.0.1:9000/" in script
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:9000/", receiver.url)],
        env={**os.environ, "WEBHOOK_SECRET": "example-secret", "no_proxy": "*"},
        cwd=directory, capture_output=True, encoding="utf-8", timeout=MAX_WAIT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "202\n", "")
    assert receiver.line() == "received by-hand 1 Draft"


def the_relay() -> str:
    """The binary that FLOCK_RELAY names. If it is unset, the test is skipped locally and fails in CI."""
    binary = os.environ.get("FLOCK_RELAY")
    if not binary:
        missing("FLOCK_RELAY does not name the flock-relay binary")
    return str(Path(binary).resolve(strict=True))


@pytest.fixture
def signing_key(directory):
    """The path of a file with `KEY`, in PEM."""
    path = directory / "signing-key"
    path.touch(mode=0o600)
    path.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(path)


@pytest.fixture
def relay(directory, signing_key):
    daemon = Relay(the_relay(), directory, "--signing-key-file", signing_key)
    yield daemon
    daemon.stop()


def registered(correlation_id, receiver, **more):
    return json.dumps({"type": "webhook_registered", "correlation_id": correlation_id,
                       "webhook_url": receiver.url + "flock?token=1", **more})


def published(correlation_id, artifact_id):
    return ('{"correlation_id":%s,"timestamp":"2026-01-15T09:30:00.121000Z","artifact_id":%s,"artifact_type":"Draft",'
            '"produced_by":"alpha","payload":%s,"visibility":{"kind":"Public"},"tags":["a"],"partition_key":null,'
            '"version":1,"consumers":[]}' % (json.dumps(correlation_id), json.dumps(artifact_id), PAYLOAD))


def test_every_sample_accepts_deliveries_of_the_relay(start, relay):
    cases = [(language, scheme, name, format)
             for language, scheme in CASES
             for name in (["whsec", "none"] if scheme == "ed25519" else SECRETS) for format in ("flat", "flock")]
    receivers, lines = {}, []
    for language, scheme, name, format in cases:
        case = f"{language}-{scheme}-{name}-{format}"
        secret = SECRETS.get(name)
        receivers[case] = start(language, scheme, secret, name=case)
        lines.append(registered(case, receivers[case], webhook_secret=secret, format=format))
    for number in (1, 2, 2, 3):  # the second one twice: the relay accepts it once
        lines += [published(case, f"artifact {number} é") for case in receivers]
    relay.send(lines)
    for case, receiver in receivers.items():
        assert sorted(receiver.line() for _ in range(3)) == [f"received {case} {number} Draft" for number in (1, 2, 3)]
        assert receiver.lines.empty()


@pytest.mark.parametrize("language, scheme", [case for case in CASES if case[1] != "ed25519"])
def test_a_delivery_signed_with_another_secret_is_rejected(start, relay, language, scheme):
    """In an ordered workflow the second delivery is sent only when the first has failed."""
    receiver = start(language, scheme)
    relay.send([
        registered("run-1", receiver, webhook_secret="another", ordering="ordered", max_retries=0),
        published("run-1", "artifact-1"),
        registered("run-1", receiver, webhook_secret=SECRET, ordering="ordered"),
        published("run-1", "artifact-2"),
    ])
    assert receiver.line() == "received run-1 2 Draft"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_delivery_signed_with_another_key_is_rejected(start, relay, language):
    receiver, other = start(language, "ed25519", name="one"), start(language, "ed25519", key=OTHER_KEY, name="other")
    relay.send([
        registered("run-1", other, ordering="ordered", max_retries=0),
        published("run-1", "artifact-1"),
        registered("run-1", receiver, ordering="ordered"),
        published("run-1", "artifact-2"),
    ])
    assert receiver.line() == "received run-1 2 Draft"
    assert other.lines.empty()


@dataclass
class Captured:
    """A request of the relay."""

    body: bytes
    headers: dict[str, str]

    @property
    def covered(self) -> dict[str, str]:
        """What the Ed25519 signature covers beside the body, and the signature, as variables of the environment."""
        entries = self.headers["webhook-signature"].split()
        signature = next(entry for entry in entries if entry.startswith("v1a,")).removeprefix("v1a,")
        return {"ID": self.headers["webhook-id"], "TIMESTAMP": self.headers["webhook-timestamp"], "SIGNATURE": signature}


@pytest.fixture
def captured(relay, directory):
    """A request to a webhook without secret. Its body is in body.json."""
    requests = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.put(Captured(body, dict(self.headers)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            registration = {"type": "webhook_registered", "correlation_id": "run-1", "webhook_url": url}
            relay.send([json.dumps(registration), published("run-1", "artifact-1")])
            request = requests.get(timeout=MAX_WAIT)
        finally:
            server.shutdown()
            thread.join()
    (directory / "body.json").write_bytes(request.body)
    return request


def run(command, directory, **environment):
    return subprocess.run(
        command, env={**os.environ, **environment}, cwd=directory, capture_output=True, encoding="utf-8",
        timeout=MAX_WAIT,
    )


def test_the_openssl_commands_of_the_document_verify_a_request_of_the_relay(captured, signing_key, directory):
    for program in ("bash", "openssl", "base64"):
        needed(program, "the verification by openssl")
    script = next(block for block in document.blocks("sh") if "pkeyutl" in block)
    printed = run([the_relay(), "public-key", "--signing-key-file", signing_key], directory)
    assert printed.stdout == public_key(KEY) + "\n", printed.stderr

    def verify(**changed):
        environment = {"WEBHOOK_PUBLIC_KEY": printed.stdout.strip(), **captured.covered, **changed}
        return run(["bash", "-uo", "pipefail", "-c", script], directory, **environment)

    done = verify()
    assert (done.returncode, done.stdout, done.stderr) == (0, "Signature Verified Successfully\n", "")
    assert verify(WEBHOOK_PUBLIC_KEY=public_key(OTHER_KEY)).returncode == 1
    assert verify(ID=captured.covered["ID"] + "x").returncode == 1


def test_node_verifies_a_request_of_the_relay_with_the_key_set(captured, signing_key, directory):
    node = needed("node", "the verification with the key set")
    key_set = run([the_relay(), "public-key", "--jwks", "--signing-key-file", signing_key], directory).stdout
    script = """
      const { createPublicKey, verify } = require("node:crypto");
      const { readFileSync } = require("node:fs");
      const [key] = JSON.parse(process.env.KEY_SET).keys;
      const signed = Buffer.concat([Buffer.from(`${process.env.ID}.${process.env.TIMESTAMP}.`), readFileSync("body.json")]);
      const signature = Buffer.from(process.env.SIGNATURE, "base64");
      console.log(verify(null, signed, createPublicKey({ key, format: "jwk" }), signature), key.kid.length);
    """

    def verify(**changed):
        return run([node, "--eval", script], directory, **{"KEY_SET": key_set, **captured.covered, **changed})

    assert verify().stdout == "true 43\n", verify().stderr
    assert verify(TIMESTAMP="1768469400").stdout == "false 43\n"


def test_without_a_secret_only_the_key_signs(captured):
    assert [entry.partition(",")[0] for entry in captured.headers["webhook-signature"].split()] == ["v1a"]
    assert "X-Flock-Signature" not in captured.headers
