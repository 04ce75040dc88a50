"""Checks after everything has been delivered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oracle import Oracle, Post
from ordering import check_order
from status import Status
from workload import Artifact, Workflow

ORPHAN_SECONDS = 1.0
"""Seconds for which a request of a killed daemon may still be in transit."""

KILL_SECONDS = 0.1
"""A kill is recorded before the signal is sent; for this long the daemon may still accept and send."""

RESTARTS = 5
"""How often a request may be repeated within an attempt."""


@dataclass
class Figures:
    """Totals of a run."""

    acknowledged: int = 0
    unacknowledged: int = 0
    """Accepted without an acknowledgement."""
    delivered: int = 0
    failed: int = 0
    posts: int = 0
    duplicates: int = 0
    """Requests that repeat an attempt."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Failed deliveries by the class of their last attempt."""


def check_all(oracle: Oracle, status: Status, allowed_reasons: frozenset[str] = frozenset()) -> Figures:
    """Compare what was written, what was received and what the relay reports about each workflow.

    ``allowed_reasons``: a delivery may fail with these without attempts.
    """
    figures = Figures()
    for workflow in list(oracle.workflows.values()):
        if not workflow.artifacts:
            continue
        report = status.workflow(workflow.correlation_id)
        deliveries = {each["artifact_id"]: each for each in report["deliveries"]} if report else {}
        if report and len(deliveries) != len(report["deliveries"]):
            oracle.violation(f"{workflow.correlation_id!r}: the status names an artifact twice")
        check_numbers(oracle, workflow, deliveries)
        for artifact in workflow.artifacts.values():
            check_artifact(oracle, artifact, deliveries.get(artifact.artifact_id), figures, allowed_reasons)
        check_order(oracle, workflow, deliveries)
    return figures


def check_numbers(oracle: Oracle, workflow: Workflow, deliveries: dict[str, Any]) -> None:
    """Sequence numbers are 1…n, each for one artifact, in the order in which each writer wrote."""
    name = repr(workflow.correlation_id)
    numbers = sorted(each["sequence"] for each in deliveries.values())
    if numbers != list(range(1, len(numbers) + 1)):
        oracle.violation(f"{name}: sequence numbers have gaps or repeat: {numbers}")
    for artifact_id in deliveries.keys() - workflow.artifacts.keys():
        oracle.violation(f"{name}: an artifact without a writer: {artifact_id!r}")
    owners: dict[int, Artifact] = {}
    for artifact in workflow.artifacts.values():
        for post in oracle.posts.get(artifact, ()):
            if owners.setdefault(post.sequence, artifact) is not artifact:
                oracle.violation(f"{name}: sequence {post.sequence} was sent for two artifacts")
    last: dict[int, tuple[int, int]] = {}
    for artifact in sorted(workflow.artifacts.values(), key=lambda each: each.position):
        if (found := deliveries.get(artifact.artifact_id)) is None:
            continue
        if found["sequence"] < last.get(artifact.writer, (0, 0))[0]:
            oracle.violation(f"{name}: {artifact} has a lower sequence than one written before it")
        last[artifact.writer] = (found["sequence"], artifact.position)


def check_artifact(
    oracle: Oracle, artifact: Artifact, found: dict[str, Any] | None, figures: Figures,
    allowed_reasons: frozenset[str],
) -> None:
    """An acknowledged artifact is delivered, or failed with all its attempts."""
    posts = oracle.posts.get(artifact, [])
    figures.posts += len(posts)
    figures.acknowledged += artifact.acknowledged
    if found is None:
        if artifact.acknowledged:
            oracle.violation(f"LOST: {artifact} was acknowledged and is unknown; POSTs: {len(posts)}")
        elif posts:
            oracle.violation(f"{artifact} was posted and is unknown")
        return
    figures.unacknowledged += not artifact.acknowledged
    if found["state"] == "delivered":
        figures.delivered += 1
        if not any(post.status and 200 <= post.status < 300 for post in posts):
            oracle.violation(f"NOT DELIVERED: {artifact} counts as delivered, but no receiver answered 2xx: {found}")
    elif found["state"] == "failed":
        figures.failed += 1
        figures.reasons[found["reason"]] += 1
        if found["reason"] not in allowed_reasons:
            check_failed(oracle, artifact, found, posts)
    else:
        oracle.violation(f"STUCK: {artifact} is {found['state']}: {found}")
    check_posts(oracle, artifact, found, posts, figures)


def check_failed(oracle: Oracle, artifact: Artifact, found: dict[str, Any], posts: list[Post]) -> None:
    """A failed delivery had every attempt that its registration allows."""
    numbers = [each["attempt"] for each in found["attempts"]]
    used = {post.registration for post in posts}
    wanted = {1 + each.max_retries for each in artifact.workflow.registrations if not used or each.number in used}
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) not in wanted:
        oracle.violation(f"{artifact} failed after attempts {numbers}, expected {wanted}: {found}")
    if any(each["error"] is None for each in found["attempts"]):
        oracle.violation(f"{artifact} failed although an attempt succeeded: {found}")


def check_posts(
    oracle: Oracle, artifact: Artifact, found: dict[str, Any], posts: list[Post], figures: Figures
) -> None:
    """One sequence number, one registration. An attempt is repeated only if the daemon was killed, or if a kept
    connection was closed instead of an answer: libcurl then repeats the request on a new connection."""
    if any(post.sequence != found["sequence"] for post in posts):
        oracle.violation(f"{artifact} was sent as {sorted({post.sequence for post in posts})}: {found}")
    if len({post.registration for post in posts}) > 1:
        oracle.violation(f"{artifact} was sent to more than one registration")
    known = [post.attempt for post in posts if not oracle.may_be_forgotten(post)]
    if max(known, default=0) > len(found["attempts"]):
        oracle.violation(f"{artifact}: an attempt was sent that is not recorded: {found}")
    accepted_at = datetime.fromisoformat(found["received_at"]).timestamp()
    by_attempt: dict[int, list[Post]] = {}
    for post in posts:
        by_attempt.setdefault(post.attempt, []).append(post)
    for attempt, same in by_attempt.items():
        figures.duplicates += len(same) - 1
        first = max(same[0].arrived_at - ORPHAN_SECONDS, accepted_at - KILL_SECONDS)
        kills = sum(first <= kill.at <= same[-1].arrived_at and kill.kind != "term" for kill in oracle.kills)
        swallowed = sum(post.status is None for post in same[:-1])
        if kills + min(swallowed, RESTARTS) < len(same) - 1:
            oracle.violation(
                f"{artifact}: attempt {attempt} was sent {len(same)} times with {kills} kills meanwhile: {same}")
