"""Every kind of workflow, on every publish route, reaches the right receiver only."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from checks import CORRELATION_HEADER, check_workflow, published
from conftest import Endpoint
from processes import FlockServer, RelayProcess
from receiver import Receiver

from awkward import AWKWARD


def publish(endpoint: Endpoint, kind: str, payload: dict, **fields: object) -> str:
    """Publish, and return the correlation id of the answer."""
    answer = endpoint.server.publish(kind, payload, route=endpoint.route, **fields)
    assert answer.status_code == 200, answer.text
    workflow = answer.headers[CORRELATION_HEADER]
    assert answer.json().get("correlation_id", workflow) == workflow
    return workflow


def test_all_artifacts_of_a_pipeline_are_delivered(endpoint: Endpoint, receiver: Receiver) -> None:
    workflow = publish(endpoint, "Order", {"sku": "x"}, webhook_url=receiver.url(), webhook_secret="s1")
    deliveries = check_workflow(endpoint.server, workflow, 4, receiver, "s1")
    kinds = [delivery.fields["type"] for delivery in deliveries]
    assert kinds == ["Order", "Draft", "Review", "Final"]
    assert deliveries[0].fields["produced_by"] == "external"


def test_a_webhook_url_in_the_query_is_used(endpoint: Endpoint, receiver: Receiver) -> None:
    answer = endpoint.server.client.post(
        endpoint.route,
        params={"webhook_url": receiver.url()},
        json={"type": "Order", "payload": {"sku": "x"}, "webhook_secret": "s2"},
    )
    check_workflow(endpoint.server, answer.headers[CORRELATION_HEADER], 4, receiver, "s2")


def test_flocks_own_webhook_field_is_used(endpoint: Endpoint, receiver: Receiver) -> None:
    own = {"url": receiver.url(), "secret": "s3"}
    workflow = publish(endpoint, "Order", {"sku": "x"}, webhook=own)
    check_workflow(endpoint.server, workflow, 4, receiver, "s3")


def test_a_fan_out_is_delivered_in_order_of_publication(endpoint: Endpoint, receiver: Receiver) -> None:
    fields = {"webhook_url": receiver.url(), "webhook_secret": "fan"}
    workflow = publish(endpoint, "FanRequest", {"count": 500}, **fields)
    deliveries = check_workflow(endpoint.server, workflow, 501, receiver, "fan")
    indexes = [delivery.fields["payload"]["index"] for delivery in deliveries[1:]]
    assert indexes == list(range(500)), "sequence numbers follow the order of publication"


def test_the_error_artifact_of_a_failing_agent_is_delivered(endpoint: Endpoint, receiver: Receiver) -> None:
    fields = {"webhook_url": receiver.url(), "webhook_secret": "oops"}
    workflow = publish(endpoint, "FailRequest", {"message": 'kaputt: ü 💥 "q"\n2'}, **fields)
    failure = check_workflow(endpoint.server, workflow, 2, receiver, "oops")[1].fields
    assert failure["type"] == "flock.models.system_artifacts.WorkflowError"
    assert failure["produced_by"] == "orchestrator#failer"
    assert failure["payload"]["error_message"] == 'kaputt: ü 💥 "q"\n2'


def test_an_awkward_payload_is_delivered_unchanged(endpoint: Endpoint, receiver: Receiver) -> None:
    fields = {"webhook_url": receiver.url(), "webhook_secret": "ü secret"}
    workflow = publish(endpoint, "AwkwardRequest", {"writable": True}, **fields)
    delivery = check_workflow(endpoint.server, workflow, 2, receiver, "ü secret")[1]
    data = delivery.fields["payload"]["data"]
    assert data == AWKWARD
    assert list(data) == list(AWKWARD)
    assert b'"float_one":1.0,' in delivery.body
    assert b'"float_neg0":-0.0,' in delivery.body
    assert b'"int_64":18446744073709551619,' in delivery.body


def test_a_payload_that_pydantic_cannot_write_is_delivered_with_replacements(endpoint: Endpoint, receiver: Receiver) -> None:
    answer = endpoint.server.publish(
        "AwkwardRequest", {"writable": False}, webhook_url=receiver.url(), webhook_secret="s"
    )
    workflow = answer.headers[CORRELATION_HEADER]
    deliveries = sorted(receiver.wait(2), key=lambda delivery: delivery.fields["sequence"])
    data = deliveries[1].fields["payload"]["data"]
    assert data["lone_surrogate"] == "before \ufffd after"
    assert data["float_nan"] is None
    assert data["int_64"] == 2**64 + 3
    assert data["bytes"].endswith("bytes")
    assert len(published(endpoint.server, workflow)) == 2


def test_concurrent_requests_are_delivered_separately(endpoint: Endpoint) -> None:
    with Receiver() as first, Receiver() as second, ThreadPoolExecutor(8) as pool:
        jobs = []
        for number in range(12):
            receiver, tenant = ((first, "a"), (second, "b"))[number % 2]
            path = f"/{tenant}/{number}"
            fields = {"webhook_url": receiver.url(path), "webhook_secret": f"{tenant}-{number}"}
            job = pool.submit(publish, endpoint, "Order", {"sku": f"{tenant}{number}"}, **fields)
            jobs.append((job, receiver, f"{tenant}-{number}", path))
        for job, receiver, secret, path in jobs:
            check_workflow(endpoint.server, job.result(), 4, receiver, secret, path)


@pytest.mark.parametrize(
    ("first_half", "second_half"),
    [
        (("Left", {"key": "k"}), ("Right", {"key": "k"})),
        (("BatchIn", {"who": "one"}), ("BatchIn", {"who": "two"})),
    ],
    ids=["join", "batch"],
)
def test_output_of_two_requests_goes_to_one_of_them_only(
    endpoint: Endpoint, receiver: Receiver, first_half, second_half
) -> None:
    """The output carries one request's correlation id and goes there, never to the other."""
    workflows = {}
    for path, (kind, payload) in (("/tenant/a", first_half), ("/tenant/b", second_half)):
        fields = {"webhook_url": receiver.url(path), "webhook_secret": path}
        workflows[path] = publish(endpoint, kind, payload, **fields)
    receiver.wait(3, "/tenant")
    # Flock decides to which request the output belongs: two inputs and one output in total.
    counts = {path: len(endpoint.server.artifacts(workflow)) for path, workflow in workflows.items()}
    assert sorted(counts.values()) == [1, 2]
    for path, workflow in workflows.items():
        check_workflow(endpoint.server, workflow, counts[path], receiver, path, path)


@pytest.mark.parametrize("stack", ["components", "legacy"])
def test_artifacts_of_a_scheduled_agent_are_not_delivered(
    stack: str, timer_servers: dict[str, FlockServer], relay: RelayProcess, receiver: Receiver
) -> None:
    """On the legacy stack the first request starts the timers, which inherit its context."""
    server = timer_servers[stack]
    server.proxy.forward(relay.socket)
    answer = server.publish("Order", {"sku": "x"}, webhook_url=receiver.url(), webhook_secret="t")
    workflow = answer.headers[CORRELATION_HEADER]
    check_workflow(server, workflow, 4, receiver, "t")

    def beats() -> int:
        query = {"type": "Beat", "limit": 1}
        return server.client.get("/api/v1/artifacts", params=query).json()["pagination"]["total"]

    enough, deadline = beats() + 10, time.monotonic() + 30
    while beats() < enough:
        assert time.monotonic() < deadline, "the scheduled agent does not run"
    check_workflow(server, workflow, 4, receiver, "t")
    assert not [line for line in server.proxy.lines() if b'"Beat"' in line or b"TimerTick" in line]


def test_a_request_without_webhook_sends_nothing(endpoint: Endpoint, receiver: Receiver) -> None:
    workflow = publish(endpoint, "Order", {"sku": "plain"})
    endpoint.server.wait_for_artifacts(4, workflow)
    with_webhook = publish(endpoint, "Note", {"text": "n"}, webhook_url=receiver.url())
    receiver.wait(1)
    assert published(endpoint.server, with_webhook)
    assert not [line for line in endpoint.server.proxy.lines() if workflow.encode() in line]


def test_the_trace_of_the_request_is_in_every_line(endpoint: Endpoint, receiver: Receiver) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    answer = endpoint.server.client.post(
        endpoint.route,
        json={"type": "Order", "payload": {"sku": "x"}, "webhook_url": receiver.url()},
        headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01", "tracestate": "vendor=1"},
    )
    receiver.wait(4)
    lines = published(endpoint.server, answer.headers[CORRELATION_HEADER]).values()
    assert len(lines) == 4
    for line in lines:
        assert json.loads(line)["traceparent"].split("-")[1] == trace_id
        assert json.loads(line)["tracestate"] == "vendor=1"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"webhook_url": "not a url"}, ["body", "webhook_url"]),
        ({"webhook_url": "ftp://example.com/"}, ["body", "webhook_url"]),
        ({"webhook": {"url": "nope"}}, ["body", "webhook", "url"]),
        ({"webhook_url": "https://example.com/", "webhook_secret": ""}, ["body", "webhook_secret"]),
    ],
)
def test_an_invalid_webhook_is_rejected_and_nothing_is_published(
    endpoint: Endpoint, fields: dict, place: list[str]
) -> None:
    before = endpoint.server.client.get("/api/v1/artifacts").json()["pagination"]["total"]
    answer = endpoint.server.publish("Note", {"text": "n"}, route=endpoint.route, **fields)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [place]
    assert set(answer.json()["detail"][0]) >= {"type", "loc", "msg", "input"}
    after = endpoint.server.client.get("/api/v1/artifacts").json()["pagination"]["total"]
    assert after == before
