"""Compares the result of a row with its expectation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from interrupting_receiver import InterruptingReceiver
from row import DELIVERED, Expectation
from scene import Scene
from row_run import RowRun

TOLERANCE = 0.005
"""Seconds by which a measured time may be shorter than expected."""


def problems(scene: Scene, row_run: RowRun) -> list[str]:
    """The problems in words; empty if there are none."""
    if scene.relay.ended() is not None:
        return ["the daemon has ended"]
    if row_run.ended is None:
        return [f"not final in time: {scene.relay.status.workflow(row_run.row.name)}"]
    return [
        *(f"{delivery['artifact_id']}: {what}" for delivery in row_run.report["deliveries"]
          for what in check_delivery(delivery, expectation(row_run, delivery), scene.slack)),
        *check_requests(row_run), *check_neighbours(row_run), *check_healthy_origin(scene, row_run),
    ]


def expectation(row_run: RowRun, delivery: dict[str, Any]) -> Expectation:
    return DELIVERED if delivery["sequence"] > row_run.row.artifacts else row_run.row.expected


def check_delivery(delivery: dict[str, Any], expected: Expectation, slack: float) -> Iterator[str]:
    attempts = delivery["attempts"]
    if delivery["state"] != expected.outcome:
        yield f"{delivery['state']} instead of {expected.outcome}"
    if len(attempts) != expected.attempts:
        yield f"{len(attempts)} attempts instead of {expected.attempts}"
    earlier = expected.first_error or expected.error
    errors = [attempt.get("error") for attempt in attempts]
    asked = [earlier] * (len(attempts) - 1) + [expected.error]
    if any(error not in (wanted, expected.or_error or wanted) for error, wanted in zip(errors, asked)):
        yield f"unexpected error classes {errors}"
    for attempt in attempts:
        seconds = attempt["duration_ms"] / 1000
        if not expected.min_seconds - TOLERANCE <= seconds <= expected.max_seconds + slack:
            yield f"attempt {attempt['attempt']} lasted {seconds:.2f} s"
    for (before, after), wait in zip(pairwise(attempts), expected.waits):
        gap = begin(after) - begin(before) - before["duration_ms"] / 1000
        if not wait - TOLERANCE <= gap <= wait * 1.1 + slack:
            yield f"attempt {after['attempt']} came {gap:.2f} s after the one before, not {wait} s"


def begin(attempt: dict[str, Any]) -> float:
    """Seconds of the wall clock."""
    return datetime.fromisoformat(attempt["started_at"]).timestamp()


def check_requests(row_run: RowRun) -> Iterator[str]:
    """Requests have no unexpected headers, and arrive only where they should."""
    requests = row_run.receiver.requests if row_run.receiver else []
    for request in requests:
        if (request.path, request.headers.get("host")) != ("/hook", row_run.authority):
            yield f"a request for {request.path} with Host {request.headers.get('host')}"
        if unexpected := {"cookie", "authorization", "proxy-authorization", "expect"} & request.headers.keys():
            yield f"a request with {unexpected}"
        if artifact := row_run.artifacts.get(request.headers.get("x-flock-artifact-id", "")):
            yield from artifact.problems(request)
        else:
            yield f"a request of another row: {request.headers}"
    yield from check_sendings(row_run)
    arrived = {(request.headers.get("x-flock-artifact-id"), request.attempt) for request in requests}
    yield from check_arrivals(row_run, arrived)
    if row_run.receiver and (wrong := row_run.receiver.reached - set(row_run.row.at)):
        yield f"connections were made to {sorted(wrong)}"
    addresses = {request.address for request in requests}
    if addresses != set(row_run.row.at) and (row_run.row.expected.arrives or addresses - set(row_run.row.at)):
        yield f"requests came to {sorted(addresses)}, not to {sorted(row_run.row.at)}"


def check_sendings(row_run: RowRun) -> Iterator[str]:
    """What arrived of requests that were cut is the beginning of their bodies, and they came as often as expected."""
    if not isinstance(row_run.receiver, InterruptingReceiver):
        return
    sendings = row_run.receiver.sendings
    for sending in sendings:
        artifact = row_run.artifacts.get(sending.artifact)
        if artifact is None or not artifact.body.startswith(bytes(sending.body)):
            yield f"a body of another artifact: {bytes(sending.body[:200])!r}"
        if sending.is_malformed:
            yield f"a request that ends after {len(sending.body)} of {sending.length} bytes"
    count = len(sendings)
    if (expected := row_run.row.expected.sendings) is not None and count not in expected:
        yield f"{count} requests began to arrive instead of {expected.start} to {expected.stop - 1}"


def check_arrivals(row_run: RowRun, arrived: set[tuple[str | None, int]]) -> Iterator[str]:
    """Each attempt reached the receiver, or none did, as the row expects."""
    expected = row_run.row.expected
    every = {
        (artifact, attempt) for place, artifact in enumerate(row_run.artifacts)
        for attempt in range(1, (expected.attempts if place < row_run.row.artifacts else 1) + 1)}
    if expected.arrives is None:
        required = {(artifact, attempt) for artifact, attempt in every if attempt == expected.attempts}
        is_right = arrived <= every and (expected.error is not None or arrived >= required)
    else:
        is_right = arrived == (every if expected.arrives else set())
    if not is_right:
        yield f"attempts that arrived: {sorted(arrived, key=str)}"


def check_neighbours(row_run: RowRun) -> Iterator[str]:
    """No neighbour is attempted before the wait of the first artifact is over."""
    if not row_run.row.neighbours or not row_run.receiver:
        return
    asked, *later = row_run.receiver.requests
    for request in later:
        wait = request.arrived_at - asked.arrived_at
        if wait < row_run.row.expected.waits[0] - TOLERANCE:
            yield f"{request.headers.get('x-flock-artifact-id')} was sent {wait:.2f} s after the answer"


def check_healthy_origin(scene: Scene, row_run: RowRun) -> Iterator[str]:
    """The healthy origin promptly received everything that was written while the row ran."""
    assert row_run.ended is not None
    seconds = scene.healthy_origin.between(row_run.begun, row_run.ended)
    if not seconds:
        yield "nothing was sent to the healthy origin meanwhile"
    late = [each for each in seconds if each > scene.promptly]
    if late:
        yield f"{len(late)} of {len(seconds)} artifacts for a healthy origin were late, up to {max(late):.2f} s"


def check_daemon(scene: Scene) -> list[str]:
    """The process has not ended, has no child processes, and had neither a failed attempt nor a wrong request to the healthy
    receiver."""
    if (code := scene.relay.ended()) is not None:
        return [f"the daemon ended with {code}: {scene.relay.log_tail()}"]
    if failed := scene.failed_healthy_attempts():
        return [f"attempts to the healthy origin failed: {failed}"]
    if wrong := list(scene.healthy_origin.wrong_requests()):
        return [f"wrong requests came to the healthy origin: {wrong[:3]}"]
    if children := scene.relay.children():
        return [f"the daemon has child processes: {children}"]
    return []
