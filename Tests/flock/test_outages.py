"""With the relay absent, frozen, hanging or killed, publishing continues and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from checks import CORRELATION_HEADER, check_workflow, settle
from processes import FlockServer, RelayProcess
from proxy import RecordingProxy
from receiver import Receiver


def publish_notes(server: FlockServer, count: int, receiver: Receiver) -> list[str]:
    """Publish ``count`` notes, each with its own webhook; every one must be accepted."""
    workflows = []
    for number in range(count):
        url = receiver.url(f"/note/{number}")
        answer = server.publish("Note", {"text": "n"}, webhook_url=url, webhook_secret="s")
        assert answer.status_code == 200
        workflows.append(answer.headers[CORRELATION_HEADER])
    return workflows


def check_notes(server: FlockServer, workflows: list[str], receiver: Receiver) -> None:
    """Each note arrived once, at its own path."""
    for number, workflow in enumerate(workflows):
        check_workflow(server, workflow, 1, receiver, "s", f"/note/{number}")


def test_nothing_is_lost_while_the_relay_is_absent(server: FlockServer, relay: RelayProcess, receiver: Receiver) -> None:
    server.proxy.absent()
    workflows = publish_notes(server, 20, receiver)
    assert receiver.deliveries("/note") == []
    server.proxy.forward(relay.socket)
    check_notes(server, workflows, receiver)


def test_publishing_continues_while_the_relay_hangs(server: FlockServer, relay: RelayProcess, receiver: Receiver) -> None:
    """The relay accepts and never reads, while more is published than a socket buffer holds."""
    server.proxy.hang()
    big = server.publish(
        "AwkwardRequest", {"writable": True}, webhook_url=receiver.url("/big"), webhook_secret="s"
    )
    server.wait_for_artifacts(2, big.headers[CORRELATION_HEADER])
    more = [
        server.publish("AwkwardRequest", {"writable": True}, webhook_url=receiver.url(f"/more/{number}"))
        for number in range(5)
    ]
    assert [answer.status_code for answer in more] == [200] * 5
    workflows = publish_notes(server, 20, receiver)
    server.proxy.forward(relay.socket)
    check_workflow(server, big.headers[CORRELATION_HEADER], 2, receiver, "s", "/big")
    check_notes(server, workflows, receiver)


def test_a_frozen_relay_continues_after_it_resumes(server: FlockServer, own_relay: RelayProcess, receiver: Receiver) -> None:
    server.proxy.forward(own_relay.socket)
    settle(server, receiver)
    own_relay.freeze()
    workflows = publish_notes(server, 20, receiver)
    own_relay.resume()
    check_notes(server, workflows, receiver)


def test_a_killed_relay_gets_unacknowledged_lines_again(
    server: FlockServer, own_relay: RelayProcess, receiver: Receiver
) -> None:
    """A frozen relay acknowledges nothing; the lines in its socket are lost when it is killed."""
    server.proxy.forward(own_relay.socket)
    settle(server, receiver)
    own_relay.freeze()
    fields = {"webhook_url": receiver.url(), "webhook_secret": "again"}
    workflow = server.publish("FanRequest", {"count": 500}, **fields).headers[CORRELATION_HEADER]
    server.wait_for_artifacts(501, workflow)
    server.proxy.wait_for_lines(1, f'"webhook_registered","correlation_id":"{workflow}"'.encode())
    own_relay.kill()
    own_relay.start()
    check_workflow(server, workflow, 501, receiver, "again")


def test_the_relay_may_restart_between_requests(
    server: FlockServer, own_relay: RelayProcess, receiver: Receiver
) -> None:
    server.proxy.forward(own_relay.socket)
    for round_number in range(3):
        path = f"/round/{round_number}"
        fields = {"webhook_url": receiver.url(path), "webhook_secret": "s"}
        workflow = server.publish("Order", {"sku": "x"}, **fields).headers[CORRELATION_HEADER]
        check_workflow(server, workflow, 4, receiver, "s", path)
        own_relay.kill()
        own_relay.start()


def test_a_stopping_server_flushes_its_buffer(relay: RelayProcess, receiver: Receiver, tmp_path: Path) -> None:
    """At SIGTERM without a relay, the server waits for one within its flush timeout."""
    with RecordingProxy(tmp_path / "own.sock") as proxy, FlockServer("components", proxy) as server:
        workflow = server.publish(
            "Order", {"sku": "x"}, webhook_url=receiver.url(), webhook_secret="s"
        ).headers[CORRELATION_HEADER]
        server.wait_for_artifacts(4, workflow)
        server.terminate()
        proxy.forward(relay.socket)
        deliveries = receiver.wait(4)
        assert all(delivery.is_signed_with("s") for delivery in deliveries)
        server.wait_until_ended()
        assert "lost with this process" not in server.output()
