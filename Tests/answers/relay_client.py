"""The relay as a client: one workflow with one artifact for each answer."""

from __future__ import annotations

import time

from clients import SECONDS, Reading
from conversation import rejections
from relay import Relay
from workload import dump

POLL = 0.02
"""Seconds between two requests to the status socket."""
MAX_WAIT = 60.0
"""Seconds until every delivery must be final."""
OPTIONS = ("--ephemeral", "--timeout", f"{SECONDS}s", "--retry-max-retries", "0")


def read_with_relay(relay: Relay, batch: str, ports: list[int]) -> list[Reading]:
    """``batch``: distinguishes these workflows from others of the same daemon. Raises ``RuntimeError`` if it is stuck."""
    workflows = {f"{batch}-{port}": port for port in ports}
    rejected = rejections(relay.socket, [line(workflow, port) for workflow, port in workflows.items()])
    if rejected:
        raise RuntimeError(f"lines were rejected: {rejected}")
    wait(relay, set(workflows))
    return [reading(relay, workflow) for workflow in workflows]


def line(workflow: str, port: int) -> bytes:
    """Registers and delivers in one line."""
    return dump({
        "correlation_id": workflow, "artifact_id": "1", "artifact_type": "Note", "produced_by": "answers",
        "timestamp": "2026-01-15T09:30:00Z", "payload": {}, "webhook_url": f"http://127.0.0.1:{port}/hook"})


def wait(relay: Relay, workflows: set[str]) -> None:
    deadline = time.monotonic() + MAX_WAIT
    while missing := workflows - finished(relay):
        if time.monotonic() > deadline or relay.ended() is not None:
            raise RuntimeError(f"deliveries that are not final: {sorted(missing)}, {relay.log_tail()}")
        time.sleep(POLL)


def finished(relay: Relay) -> set[str]:
    found = relay.status.get("/correlations?state=finished&limit=10000")[1]["correlations"]
    return {each["correlation_id"] for each in found if each["delivered"] + each["failed"] == 1}


def reading(relay: Relay, workflow: str) -> Reading:
    report = relay.status.workflow(workflow)
    assert report is not None
    [delivery] = report["deliveries"]
    [attempt] = delivery["attempts"]
    status = attempt.get("status")
    if delivery["state"] != ("delivered" if status is not None and 200 <= status <= 299 else "failed"):
        return f"error: {delivery['state']} with status {status}"
    return status if status is not None else f"error {attempt['error']}"
