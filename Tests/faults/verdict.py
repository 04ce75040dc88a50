"""Compares what became of a row with what the table says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from row import Expectation
from scene import Scene
from trial import Trial

TOLERANCE = 0.005
"""Seconds by which a measured time may be shorter than the one that was asked for."""


def objections(scene: Scene, trial: Trial) -> list[str]:
    """What is wrong, in words; empty if nothing is."""
    if scene.relay.ended() is not None:
        return ["the daemon has ended"]
    if trial.ended is None:
        return [f"not final in time: {scene.relay.status.workflow(trial.row.name)}"]
    return [
        *(f"{delivery['artifact_id']}: {what}" for delivery in trial.report["deliveries"]
          for what in judge_delivery(delivery, trial.row.expected, scene.slack)),
        *judge_requests(trial), *judge_neighbour(scene, trial),
    ]


def judge_delivery(delivery: dict[str, Any], expected: Expectation, slack: float) -> Iterator[str]:
    attempts = delivery["attempts"]
    if delivery["state"] != expected.outcome:
        yield f"{delivery['state']} instead of {expected.outcome}"
    if len(attempts) != expected.attempts:
        yield f"{len(attempts)} attempts instead of {expected.attempts}"
    earlier = expected.first_error or expected.error
    errors = [attempt.get("error") for attempt in attempts]
    asked = [earlier] * (len(attempts) - 1) + [expected.error]
    if any(error not in (wanted, expected.or_error or wanted) for error, wanted in zip(errors, asked)):
        yield f"classes {errors}"
    for attempt in attempts:
        seconds = attempt["duration_ms"] / 1000
        if not expected.least - TOLERANCE <= seconds <= expected.most + slack:
            yield f"attempt {attempt['attempt']} lasted {seconds:.2f} s"
    for (before, after), wait in zip(pairwise(attempts), expected.waits):
        gap = begin(after) - begin(before) - before["duration_ms"] / 1000
        if not wait - TOLERANCE <= gap <= wait * 1.1 + slack:
            yield f"attempt {after['attempt']} came {gap:.2f} s after the one before, not {wait} s"


def begin(attempt: dict[str, Any]) -> float:
    """Seconds of the wall clock."""
    return datetime.fromisoformat(attempt["started_at"]).timestamp()


def judge_requests(trial: Trial) -> Iterator[str]:
    """Nothing strange may be in the requests, and none may be where it does not belong."""
    requests = trial.receiver.requests if trial.receiver else []
    host = urlsplit(trial.url).netloc
    for request in requests:
        if (request.path, request.headers.get("host")) != ("/hook", host):
            yield f"a request for {request.path} with Host {request.headers.get('host')}"
        if strange := {"cookie", "authorization", "proxy-authorization"} & request.headers.keys():
            yield f"a request with {strange}"
        if json.loads(request.body)["artifact_id"] != request.headers.get("x-flock-artifact-id"):
            yield f"a body of another artifact: {request.body[:200]!r}"
    arrived = {(request.headers.get("x-flock-artifact-id"), request.attempt) for request in requests}
    yield from judge_arrivals(trial, arrived)
    if trial.receiver and (misled := trial.receiver.reached - set(trial.row.at)):
        yield f"connections were made to {sorted(misled)}"
    addresses = {request.address for request in requests}
    if addresses != set(trial.row.at) and (trial.row.expected.arrives or addresses - set(trial.row.at)):
        yield f"requests came to {sorted(addresses)}, not to {sorted(trial.row.at)}"


def judge_arrivals(trial: Trial, arrived: set[tuple[str | None, int]]) -> Iterator[str]:
    """Whether each attempt reached the receiver, or none did, as the row says."""
    row = trial.row
    if row.expected.arrives is None:
        return
    every = {
        (trial.artifact(artifact), attempt)
        for artifact in range(1, row.artifacts + 1) for attempt in range(1, row.expected.attempts + 1)
    }
    if arrived != (every if row.expected.arrives else set()):
        yield f"attempts that arrived: {sorted(arrived, key=str)}"


def judge_neighbour(scene: Scene, trial: Trial) -> Iterator[str]:
    """The healthy origin got everything that was written while the row ran, and soon."""
    assert trial.ended is not None
    seconds = scene.neighbour.between(trial.begun, trial.ended)
    if not seconds:
        yield "nothing was sent to a healthy origin meanwhile"
    late = [each for each in seconds if each > scene.promptly]
    if late:
        yield f"{len(late)} of {len(seconds)} artifacts for a healthy origin were late, up to {max(late):.2f} s"


def judge_daemon(scene: Scene) -> list[str]:
    """The process is still the one that was started, it started no other, and no healthy receiver was charged."""
    if (code := scene.relay.ended()) is not None:
        return [f"the daemon ended with {code}: {scene.relay.log_tail()}"]
    if charged := scene.charged_neighbours():
        return [f"artifacts of a healthy origin were charged: {charged}"]
    if children := scene.relay.children():
        return [f"the daemon has child processes: {children}"]
    return []
