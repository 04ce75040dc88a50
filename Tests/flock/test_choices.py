"""What a request chooses for its webhook, end to end: types, producers, order, retries, secrets."""

from __future__ import annotations

import socket
import time

import httpx
import pytest
import standardwebhooks
from checks import CORRELATION_HEADER, published, settle
from conftest import Endpoint
from processes import RelayProcess
from receiver import Delivery, Receiver
from test_receivers import library_key


def deliveries_of(
    endpoint: Endpoint, receiver: Receiver, kind: str, payload: dict, count: int, expected: int, **webhook: object
) -> list[Delivery]:
    """Publish with a webhook to ``receiver``; return its deliveries, in sequence.

    Checks that ``count`` artifacts are stored and written, and ``expected`` of them delivered.
    """
    server = endpoint.server
    fields = {"url": receiver.url(), **webhook}
    answer = server.publish(kind, payload, route=endpoint.route, webhook=fields)
    assert answer.status_code == 200, answer.text
    server.wait_for_artifacts(count, answer.headers[CORRELATION_HEADER])
    receiver.wait(expected)
    settle(server, receiver)
    assert len(published(server, answer.headers[CORRELATION_HEADER])) == count, "the relay chooses, not the bridge"
    deliveries = sorted(receiver.deliveries(), key=lambda delivery: delivery.fields["sequence"])
    assert [delivery.fields["sequence"] for delivery in deliveries] == list(range(1, expected + 1))
    return deliveries


@pytest.mark.parametrize(
    ("webhook", "expected"),
    [
        ({"types": ["Draft", "Final"]}, ["Draft", "Final"]),
        ({"types": ["Draft", "Final"], "producers": ["gamma"]}, ["Final"]),
        ({"producers": ["external", "beta"]}, ["Order", "Review"]),
        ({"types": ["No such type"]}, []),
        ({"producers": ["alph"]}, []),
    ],
    ids=["types", "types and producers", "producers", "no type", "no producer"],
)
def test_only_chosen_artifacts_are_delivered(
    endpoint: Endpoint, receiver: Receiver, webhook: dict, expected: list[str]
) -> None:
    deliveries = deliveries_of(endpoint, receiver, "Order", {"sku": "x"}, 4, len(expected), **webhook)
    assert [delivery.fields["type"] for delivery in deliveries] == expected


@pytest.mark.parametrize(
    "name", ["flock.models.system_artifacts.WorkflowError", "WorkflowError"], ids=["full name", "short name"]
)
def test_a_type_is_chosen_by_its_full_or_short_name(endpoint: Endpoint, receiver: Receiver, name: str) -> None:
    [delivery] = deliveries_of(endpoint, receiver, "FailRequest", {"message": "m"}, 2, 1, types=[name])
    assert delivery.fields["type"] == "flock.models.system_artifacts.WorkflowError"


def test_an_ordered_webhook_gets_its_artifacts_in_order(endpoint: Endpoint, receiver: Receiver) -> None:
    deliveries_of(endpoint, receiver, "FanRequest", {"count": 50}, 51, 51, ordering="ordered")
    arrived = [delivery.fields["sequence"] for delivery in receiver.deliveries()]
    assert arrived == list(range(1, 52))


def test_each_secret_of_a_rotation_verifies_the_same_request(endpoint: Endpoint, receiver: Receiver) -> None:
    [delivery] = deliveries_of(endpoint, receiver, "Note", {"text": "n"}, 1, 1, secret=["new", "old"])
    assert delivery.is_signed_with("new")
    for secret in ("new", "old"):
        standardwebhooks.Webhook(library_key(secret)).verify(delivery.body, delivery.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(library_key("another")).verify(delivery.body, delivery.headers)


@pytest.mark.parametrize("max_retries", [0, 1])
def test_the_number_of_retries_is_that_of_the_request(
    endpoint: Endpoint, relay: RelayProcess, max_retries: int
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # Not listening: connections are refused.
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        answer = endpoint.server.publish(
            "Note", {"text": "n"}, route=endpoint.route, webhook_url=url, webhook_max_retries=max_retries
        )
        transport = httpx.HTTPTransport(uds=str(relay.status_socket))
        deadline = time.monotonic() + 30
        with httpx.Client(transport=transport, base_url="http://relay/correlations/") as status:
            while (document := status.get(answer.headers[CORRELATION_HEADER]).json()).get("failed") != 1:
                assert time.monotonic() < deadline, document
                time.sleep(0.05)
    assert len(document["deliveries"][0]["attempts"]) == 1 + max_retries
