"""Checks that ordered workflows are delivered one at a time, in sequence order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oracle import Oracle, Post
from workload import Artifact, Workflow

SLACK = 0.02
"""Seconds by which two readings of the clock may differ."""


def check_order(oracle: Oracle, workflow: Workflow, deliveries: dict[str, Any]) -> None:
    """The first request of a sequence number arrives only after the number before it is final."""
    if not workflow.ordered:
        return
    in_order = sorted(
        (artifact for artifact in workflow.artifacts.values() if artifact.artifact_id in deliveries),
        key=lambda artifact: deliveries[artifact.artifact_id]["sequence"])
    for before, artifact in zip(in_order, in_order[1:], strict=False):
        first = min((post.arrived_at for post in oracle.posts.get(artifact, ())), default=None)
        if first is None:
            continue
        found = deliveries[before.artifact_id]
        if not is_final_before(oracle, before, found, first):
            oracle.violation(
                f"ORDER: {artifact} was first sent at {first:.3f}, before {before} was final: {found}; "
                f"POSTs of that one: {oracle.posts.get(before)}; registrations: {registrations(oracle, before)} "
                f"then {registrations(oracle, artifact)}")


def is_final_before(oracle: Oracle, artifact: Artifact, found: dict[str, Any], moment: float) -> bool:
    """Whether the artifact was delivered or had no attempts left, by the relay's status and the receiver's requests."""
    if not found["attempts"]:
        return found["state"] == "failed"
    delivered = [
        post for post in oracle.posts.get(artifact, ()) if is_delivered(post) and post.answered_at <= moment]
    if any(map(oracle.may_be_forgotten, delivered)):
        return True
    last = found["attempts"][-1]
    if datetime.fromisoformat(last["started_at"]).timestamp() + last["duration_ms"] / 1000 > moment + SLACK:
        return False
    return found["state"] == "failed" or bool(delivered)


def is_delivered(post: Post) -> bool:
    return post.status is not None and 200 <= post.status < 300


def registrations(oracle: Oracle, artifact: Artifact) -> list[int]:
    return sorted({post.registration for post in oracle.posts.get(artifact, ())})
