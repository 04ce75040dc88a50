"""Spans of attempts, from Flock's publish to the receiver. An OTLP endpoint that fails does not affect deliveries."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from collector import Collector, ExportedSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from processes import FlockServer, RelayProcess
from proxy import RecordingProxy
from receiver import Receiver
from traced_receiver import TracedReceiver

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
CANARY = "canary-5d1e"
NOW = "2026-11-28T12:00:00Z"

StartRelay = Callable[..., RelayProcess]


@pytest.fixture
def start_relay(relay_binary: str, tmp_path: Path) -> Iterator[StartRelay]:
    """Starts a relay that exports to an endpoint soon after each span."""
    running: list[RelayProcess] = []

    def start(endpoint: str, *options: str, **environment: str) -> RelayProcess:
        arguments = ["--retry-base-delay", "50ms", "--otlp-endpoint", endpoint, *options]
        relay = RelayProcess(
            relay_binary, tmp_path, *arguments, environment={"OTEL_BSP_SCHEDULE_DELAY": "50", **environment}
        )
        relay.start()
        running.append(relay)
        return relay

    yield start
    for relay in running:
        relay.kill()


def artifact(number: int, url: str, **fields: object) -> dict[str, object]:
    """The line of an artifact that brings its own webhook."""
    line = {
        "artifact_id": f"a-{number}",
        "artifact_type": "Order",
        "produced_by": "alpha",
        "correlation_id": "w-1",
        "timestamp": NOW,
        "payload": {"note": CANARY},
        "webhook_url": url,
        "webhook_secret": CANARY,
    }
    return {**line, **fields}


def write(relay: RelayProcess, lines: list[dict[str, object]]) -> None:
    """Write lines to the relay, and wait until it has acknowledged all of them."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(20)
        connection.connect(str(relay.socket))
        greeting = {"type": "hello", "acks": True, "grace": False}
        text = "".join(json.dumps(line) + "\n" for line in [greeting, *lines])
        connection.sendall(text.encode())
        with connection.makefile() as replies:
            for reply in replies:
                assert "rejected" not in reply, reply
                if json.loads(reply)["ack"] > len(lines):
                    return
    raise AssertionError("not acknowledged")


def ask(relay: RelayProcess, route: str) -> httpx.Response:
    """Ask the status socket."""
    transport = httpx.HTTPTransport(uds=str(relay.status_socket))
    with httpx.Client(transport=transport, timeout=5) as client:
        return client.get(f"http://relay{route}")


def counter(relay: RelayProcess, name: str) -> int:
    """The value of one of the relay's counters."""
    found = re.search(rf"^flock_relay_{name} (\d+)$", ask(relay, "/metrics").text, re.MULTILINE)
    assert found, name
    return int(found[1])


def of_relay(spans: list[ExportedSpan]) -> list[ExportedSpan]:
    return [span for span in spans if span.service == "flock-relay"]


def test_each_attempt_is_a_span_between_the_artifact_and_the_receiver(start_relay: StartRelay) -> None:
    with Collector() as collector, TracedReceiver(collector.endpoint, (503, 429), f"/{CANARY}?t={CANARY}") as receiver:
        relay = start_relay(collector.endpoint)
        begun = time.time_ns()
        trace = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}
        write(relay, [artifact(1, receiver.url, **trace)])
        spans = collector.wait(6)
        ended = time.time_ns()
        mine = sorted(of_relay(spans), key=lambda span: span.raw.start_time_unix_nano)
        theirs = {span.parent_id: span for span in spans if span.service == "receiver"}
    assert {span.trace_id for span in spans} == {TRACE}
    assert [span.parent_id for span in mine] == [PARENT] * 3 and len({span.span_id for span in mine}) == 3
    port = int(receiver.url.split(":")[2].split("/")[0])
    for number, (span, status, outcome) in enumerate(
        zip(mine, [503, 429, 200], ["retry", "retry", "delivered"], strict=True), start=1
    ):
        expected = {
            "http.request.method": "POST",
            "url.scheme": "http",
            "server.address": "127.0.0.1",
            "server.port": port,
            "http.response.status_code": status,
            "messaging.message.conversation_id": "w-1",
            "flock.sequence": 1,
            "flock.artifact.id": "a-1",
            "flock.artifact.type": "Order",
            "flock.outcome": outcome,
        }
        if number > 1:
            expected["http.request.resend_count"] = number - 1
        if status != 200:
            expected["error.type"] = str(status)
        assert span.attributes == expected
        assert span.is_error == (status != 200)
        assert (span.raw.name, span.raw.kind, span.raw.trace_state) == ("POST", Span.SPAN_KIND_CLIENT, "vendor=1")
        assert span.raw.flags == 0x301
        server = theirs[span.span_id]
        assert server.attributes["http.response.status_code"] == status
        start, end = span.raw.start_time_unix_nano, span.raw.end_time_unix_nano
        # The relay's times are whole microseconds.
        assert begun - 1_000 <= start <= server.raw.start_time_unix_nano <= server.raw.end_time_unix_nano
        assert server.raw.start_time_unix_nano <= end <= ended
    waits = [b.raw.start_time_unix_nano - a.raw.end_time_unix_nano for a, b in zip(mine, mine[1:], strict=False)]
    assert waits[0] >= 49e6 and waits[1] >= 99e6
    headers = [delivery.headers for delivery in receiver.deliveries]
    assert [each["traceparent"] for each in headers] == [f"00-{TRACE}-{span.span_id}-01" for span in mine]
    assert {each["tracestate"] for each in headers} == {"vendor=1"}
    assert mine[0].resource["service.version"] and mine[0].resource["telemetry.sdk.language"] == "swift"
    assert f'"trace_id":"{TRACE}"' in relay.log()
    # The receiver got the canary: it is in its URL, in the payload and in the secret. No span, log or metric has it.
    assert all(CANARY.encode() in delivery.body for delivery in receiver.deliveries)
    assert all(CANARY in delivery.path for delivery in receiver.deliveries)
    sent = zip(collector.requests, collector.bodies, strict=True)
    mine_only = [body for request, body in sent if request["user-agent"].startswith("flock-relay")]
    assert mine_only and not any(CANARY.encode() in body for body in mine_only)
    assert CANARY not in relay.log()


def test_the_sampled_flag_is_obeyed_and_without_a_trace_the_sampler_decides(start_relay: StartRelay) -> None:
    with Collector() as collector, Receiver() as receiver:
        relay = start_relay(collector.endpoint)
        unsampled = {"traceparent": f"00-{TRACE}-{PARENT}-00", "tracestate": "v=1"}
        write(relay, [artifact(1, receiver.url("/unsampled"), **unsampled), artifact(2, receiver.url("/root"))])
        (first,), (second,) = receiver.wait(1, "/unsampled"), receiver.wait(1, "/root")
        (span,) = collector.wait(1)
        time.sleep(0.2)
        assert len(collector.spans()) == 1
    version, trace, parent, flags = first.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "00") and parent != PARENT
    assert first.headers["tracestate"] == "v=1"
    assert span.attributes["flock.artifact.id"] == "a-2" and span.parent_id == ""
    assert second.headers["traceparent"] == f"00-{span.trace_id}-{span.span_id}-01"
    assert f'"trace_id":"{span.trace_id}"' in relay.log()


def test_requests_carry_the_configured_headers_and_nothing_shows_them(start_relay: StartRelay) -> None:
    with Collector() as collector, Receiver() as receiver:
        relay = start_relay(
            f"{collector.endpoint}/base/",
            OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Bearer%20{CANARY}",
            OTEL_SERVICE_NAME="relay-7",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
        )
        write(relay, [artifact(1, receiver.url())])
        (span,) = collector.wait(1)
        (request,) = collector.requests
    assert request[":path"] == "/base/v1/traces" and request["authorization"] == f"Bearer {CANARY}"
    assert request["content-type"] == "application/x-protobuf"
    assert span.service == "relay-7" and span.resource["deployment.environment.name"] == "test"
    shown = [ask(relay, route).text for route in ("/status", "/metrics", "/correlations/w-1")]
    assert not any(CANARY in text for text in [relay.log(), *shown])


def test_what_is_left_is_exported_at_the_stop(start_relay: StartRelay) -> None:
    with Collector() as collector, Receiver() as receiver:
        relay = start_relay(collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="3600000")
        write(relay, [artifact(number, receiver.url()) for number in range(1, 21)])
        receiver.wait(20)
        assert not collector.spans()
        assert relay.stop() == 0
        assert {span.attributes["flock.sequence"] for span in collector.spans()} == set(range(1, 21))


@contextmanager
def refusing() -> Iterator[Collector]:
    """An endpoint without a server."""
    with Collector() as collector:
        pass
    yield collector


FAILING: dict[str, Callable[[], object]] = {
    "refused": refusing,
    "hanging": lambda: Collector(None),
    "answers 500": lambda: Collector(500),
    "answers 429": lambda: Collector(429, {"Retry-After": "1"}),
    "rejects": lambda: Collector(404),
}


@pytest.mark.parametrize("failing", FAILING)
def test_a_failing_endpoint_changes_nothing_for_deliveries_and_the_stop(start_relay: StartRelay, failing: str) -> None:
    count = 300
    with FAILING[failing]() as collector, Receiver() as receiver:
        relay = start_relay(
            collector.endpoint,
            OTEL_BSP_MAX_QUEUE_SIZE="100",
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="50",
            OTEL_BSP_EXPORT_TIMEOUT="60000",
        )
        write(relay, [artifact(number, receiver.url()) for number in range(1, count + 1)])
        assert len(receiver.wait(count)) == count
        if failing != "refused":
            collector.wait_for_request()
        deadline = time.monotonic() + 20
        while counter(relay, "spans_dropped_total") < (count if failing in ("answers 500", "rejects") else 150):
            assert time.monotonic() < deadline, "spans are not counted as dropped"
            time.sleep(0.02)
        assert counter(relay, "spans_exported_total") == 0
        delivered = ask(relay, "/status").json()["deliveries"]
        assert (delivered["delivered"], delivered["failed"]) == (count, 0)
        assert ask(relay, "/readyz").status_code == 200
        begun = time.monotonic()
        assert relay.stop() == 0
        assert time.monotonic() - begun < 5
    assert relay.log().count("Cannot export all spans") == 1, "the log is limited to one record a minute"


def test_the_export_goes_on_when_the_endpoint_is_back(start_relay: StartRelay) -> None:
    with Collector(503) as collector, Receiver() as receiver:
        relay = start_relay(collector.endpoint)
        write(relay, [artifact(number, receiver.url()) for number in range(1, 11)])
        collector.wait_for_request()
        collector.status = 200
        spans = collector.wait(10)
        assert len({span.span_id for span in spans}) == 10
        deadline = time.monotonic() + 10
        while counter(relay, "spans_exported_total") < 10:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert counter(relay, "spans_dropped_total") == 0
    assert "Spans are exported again" in relay.log()


@pytest.mark.parametrize("stack", ["components", "legacy"])
def test_one_trace_from_publishing_in_flock_through_each_attempt_to_the_receiver(
    start_relay: StartRelay, tmp_path: Path, stack: str
) -> None:
    with (
        Collector() as collector,
        TracedReceiver(collector.endpoint, (500,)) as receiver,
        RecordingProxy(tmp_path / "bridge.sock") as proxy,
    ):
        relay = start_relay(collector.endpoint)
        proxy.forward(relay.socket)
        with FlockServer(stack, proxy, "--otlp", collector.endpoint, program="traced_app.py") as server:
            trace = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            order = {"type": "Order", "payload": {"sku": "x"}, "webhook_url": receiver.url}
            server.client.post("/api/v1/artifacts", json=order, headers=trace).raise_for_status()

            def is_complete(spans: list[ExportedSpan]) -> bool:
                known = {span.span_id for span in spans if span.service == "flock"}
                mine = [span for span in of_relay(spans) if span.trace_id == TRACE]
                served = {span.parent_id for span in spans if span.service == "receiver"}
                return len(mine) == 8 and all(
                    span.parent_id in known and span.span_id in served for span in mine
                )

            spans = collector.wait_until(is_complete, timeout=60)
    by_id = {span.span_id: span for span in spans if span.trace_id == TRACE}
    attempts = of_relay(list(by_id.values()))
    parents = {span.span_id: by_id[span.parent_id] for span in attempts if span.parent_id in by_id}
    assert {span.service for span in parents.values()} == {"flock"} and len(parents) == len(attempts)
    for span in attempts:
        ancestor = span
        while ancestor.parent_id in by_id:
            ancestor = by_id[ancestor.parent_id]
        assert ancestor.parent_id == PARENT
    outcomes = sorted((span.attributes["flock.sequence"], span.attributes["flock.outcome"]) for span in attempts)
    assert outcomes == [(number, outcome) for number in range(1, 5) for outcome in ("delivered", "retry")]


def test_check_config_shows_the_variables_in_force_without_secrets(relay_binary: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4317",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{CANARY}",
        "OTEL_BSP_MAX_QUEUE_SIZE": "many",
    }
    command = [relay_binary, "check-config", "--socket", str(tmp_path / "s"), "--state-dir", str(tmp_path / "d")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert rows["otlp-endpoint"] == "http://collector.example:4317/  (default)"
    assert rows["OTEL_EXPORTER_OTLP_HEADERS"] == "Authorization=<redacted>  (environment)"
    assert rows["OTEL_BSP_MAX_QUEUE_SIZE"] == "2048  (default)"
    queue, protocol = result.stderr.splitlines()
    assert "OTEL_BSP_MAX_QUEUE_SIZE" in queue and "many" not in queue
    assert "http/protobuf" in protocol and "usually http://collector.example:4318" in protocol
    assert CANARY not in result.stdout + result.stderr


def test_a_signal_to_reload_leaves_the_export_as_it_is(start_relay: StartRelay) -> None:
    with Collector() as collector, Receiver() as receiver:
        relay = start_relay(collector.endpoint)
        relay.send(signal.SIGHUP)
        write(relay, [artifact(1, receiver.url())])
        assert len(collector.wait(1)) == 1
