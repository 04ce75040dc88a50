"""The receivers of docs/receivers.md, started as printed there, with requests as the relay makes them."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import sample_document as document
from relay_requests import PAYLOAD, Delivery, flock_signature, message_id, standard_signature
from sample_processes import MAX_WAIT, Receiver, Relay, needed

# The Go sample also runs if a compiler is installed; the tests do not require one.
LANGUAGES = ["python", "javascript"] + (["go"] if shutil.which("go") else [])
SECRETS = {"whsec": "whsec_ZXhhbXBsZS1rZXktMzItYnl0ZXMtbG9uZy0wMDAwMDE=", "plain": "päss wörd/+="}
SECRET = SECRETS["whsec"]


@pytest.fixture
def directory():
    """A short path: the name of a Unix socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="receivers-") as path:
        yield Path(path)


@pytest.fixture
def start(directory):
    """Starts receivers, each in its own directory, and stops them at the end."""
    running = []

    def start(language, scheme="standard", secret=SECRET, old="", name="receiver"):
        home = directory / name
        home.mkdir(exist_ok=True)
        receiver = Receiver(language, scheme, home, secret, old)
        running.append(receiver)
        return receiver

    yield start
    for receiver in running:
        receiver.stop()


def both_schemes(test):
    test = pytest.mark.parametrize("scheme", ["standard", "flock"])(test)
    return pytest.mark.parametrize("language", LANGUAGES)(test)


@both_schemes
@pytest.mark.parametrize("format", ["flat", "flock"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_valid_delivery_is_accepted(start, language, scheme, format, secret):
    receiver = start(language, scheme, secret)
    delivery = Delivery("run-1", sequence=7, format=format)
    assert receiver.post(delivery.body, delivery.headers(secret)) == 202
    assert receiver.line() == "received run-1 7 Draft"


@both_schemes
def test_a_forged_delivery_is_rejected_and_not_processed(start, language, scheme):
    receiver = start(language, scheme)
    delivery = Delivery("forged")
    headers = delivery.headers(SECRET)
    signature = {"standard": "webhook-signature", "flock": "X-Flock-Signature"}[scheme]

    def without(name):
        return {key: value for key, value in headers.items() if key != name}

    forged = {
        "altered body": (delivery.body.replace(b"1.0", b"2.0"), headers),
        "re-serialised body": (json.dumps(json.loads(delivery.body)).encode(), headers),
        "wrong secret": (delivery.body, delivery.headers("whsec_d3Jvbmc=")),
        "no signature": (delivery.body, without(signature)),
        "empty signature": (delivery.body, {**headers, signature: ""}),
        "signature cut short": (delivery.body, {**headers, signature: headers[signature][:-1]}),
        "signature in Latin-1": (delivery.body, {**headers, signature: "sha256=é"}),
        "no id": (delivery.body, without("webhook-id")),
        "empty key": (delivery.body, delivery.headers("")),
    }
    assert {case: receiver.post(*request) for case, request in forged.items()} == dict.fromkeys(forged, 401)

    genuine = Delivery("genuine")
    assert receiver.post(genuine.body, genuine.headers(SECRET)) == 202
    assert receiver.line() == "received genuine 1 Draft"


@pytest.mark.parametrize("language", LANGUAGES)
def test_standard_webhooks_rejects_replays_and_changed_headers(start, language):
    receiver = start(language)
    delivery = Delivery("replay")
    headers = delivery.headers(SECRET)
    old, future = delivery.headers(SECRET, age=301), delivery.headers(SECRET, age=-310)
    forged = {
        "too old": old,
        "too far in the future": future,
        "old signature with a new timestamp": {**old, "webhook-timestamp": headers["webhook-timestamp"]},
        "another id": {**headers, "webhook-id": message_id("replay", "artifact-2")},
        "no timestamp": {key: value for key, value in headers.items() if key != "webhook-timestamp"},
        "a timestamp that is no number": {**headers, "webhook-timestamp": "now"},
        "a timestamp that is not finite": {**headers, "webhook-timestamp": "NaN"},
        "only X-Flock-Signature": {key: value for key, value in headers.items() if key != "webhook-signature"},
        "another version": {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")},
    }
    answers = {case: receiver.post(delivery.body, changed) for case, changed in forged.items()}
    assert answers == dict.fromkeys(forged, 401)

    several = {**headers, "webhook-signature": f"v1,AAAA v1a,BBBB {headers['webhook-signature']}"}
    assert receiver.post(delivery.body, several) == 202
    late = Delivery("late")
    assert receiver.post(late.body, late.headers(SECRET, age=290)) == 202


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_flock_signature_does_not_protect_from_replays(start, language):
    """As the document warns: with this scheme an old request is accepted."""
    receiver = start(language, "flock")
    delivery = Delivery("recorded")
    assert receiver.post(delivery.body, delivery.headers(SECRET, age=86_400)) == 202


@both_schemes
def test_a_repeated_delivery_is_answered_and_processed_once(start, language, scheme):
    receiver = start(language, scheme)
    first, second = Delivery("run-1"), Delivery("run-1", sequence=2, artifact_id="artifact-2")
    for attempt in (1, 2, 3):
        assert receiver.post(first.body, first.headers(SECRET, attempt)) == 202
    assert receiver.post(second.body, second.headers(SECRET)) == 202
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


@both_schemes
def test_two_secrets_are_accepted_during_a_rotation(start, language, scheme):
    receiver = start(language, scheme, secret=SECRETS["whsec"], old=SECRETS["plain"])
    for number, secret in enumerate(SECRETS.values(), start=1):
        delivery = Delivery("rotation", sequence=number, artifact_id=f"artifact-{number}")
        assert receiver.post(delivery.body, delivery.headers(secret)) == 202


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_secret_nothing_is_accepted(start, language):
    receiver = start(language, secret="")
    delivery = Delivery("run-1")
    assert receiver.post(delivery.body, delivery.headers("")) == 401


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
    secret, flat = document.blocks("text")[0].strip(), document.blocks("json")[0].strip().encode()
    header = dict(re.findall(r"^([\w-]+): (.*)$", request, re.MULTILINE))
    event = json.loads(flat)
    assert header["webhook-id"] == message_id(event["correlation_id"], event["artifact_id"])
    assert header["X-Flock-Signature"] == flock_signature(secret, flat)
    timestamp = int(header["webhook-timestamp"])
    assert header["webhook-signature"] == standard_signature(secret, header["webhook-id"], timestamp, flat)
    assert header["X-Flock-Correlation-Id"] == event["correlation_id"]
    assert header["X-Flock-Artifact-Id"] == event["artifact_id"]
    assert text.count(secret) == 1


def test_both_formats_in_the_document_describe_the_same_delivery():
    flat, flock = (json.loads(block) for block in document.blocks("json"))
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
        verdict = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        verdict("FLOCK_RELAY does not name the flock-relay binary")
    return str(Path(binary).resolve(strict=True))


@pytest.fixture
def relay(directory):
    daemon = Relay(the_relay(), directory)
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
             for language in LANGUAGES for scheme in ("standard", "flock")
             for name in SECRETS for format in ("flat", "flock")]
    receivers, lines = {}, []
    for language, scheme, name, format in cases:
        case = f"{language}-{scheme}-{name}-{format}"
        receivers[case] = start(language, scheme, SECRETS[name], name=case)
        lines.append(registered(case, receivers[case], webhook_secret=SECRETS[name], format=format))
    for number in (1, 2, 2, 3):  # the second one twice: the relay accepts it once
        lines += [published(case, f"artifact {number} é") for case in receivers]
    relay.send(lines)
    for case, receiver in receivers.items():
        assert sorted(receiver.line() for _ in range(3)) == [f"received {case} {number} Draft" for number in (1, 2, 3)]
        assert receiver.lines.empty()


@both_schemes
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
