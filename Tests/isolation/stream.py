"""A long stream of artifacts over many workflows, and the position of each."""

from __future__ import annotations

import json
from collections.abc import Iterator

from backlog import artifact

ORIGINS = 20
PER_WORKFLOW = 1_000
GENERATION = ORIGINS * PER_WORKFLOW
"""Artifacts of the workflows that are open at the same time, one for each origin, in turn."""
BODY = 200
"""Approximate bytes of a payload."""
BATCH = 200
"""Lines that are written together."""


def workflow_number(number: int) -> int:
    return number // GENERATION * ORIGINS + number % ORIGINS


def place(workflow: bytes, sequence: int) -> int:
    """The artifact that must carry this sequence number in this workflow."""
    generation, origin = divmod(int(workflow[1:]), ORIGINS)
    return generation * GENERATION + (sequence - 1) * ORIGINS + origin


def registration(workflow: str, url: str) -> bytes:
    fields = {"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url, "webhook_secret": workflow}
    return json.dumps(fields).encode()


def completion(workflow: str) -> bytes:
    return b'{"type":"workflow_completed","correlation_id":"%s"}' % workflow.encode()


def batches(count: int, urls: list[str]) -> Iterator[tuple[int, list[bytes]]]:
    """The number of artifacts in each batch, and its lines with their registrations and completions."""
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        lines = [line for number in numbers for line in lines_of(number, urls)]
        yield len(numbers), lines


def lines_of(number: int, urls: list[str]) -> list[bytes]:
    """The lines of an artifact; the first of a workflow follows its registration, the last precedes its completion."""
    workflow = f"w{workflow_number(number)}"
    lines = [artifact(workflow, number, BODY)]
    position = number % GENERATION // ORIGINS
    if position == 0:
        lines.insert(0, registration(workflow, urls[number % ORIGINS]))
    if position == PER_WORKFLOW - 1:
        lines.append(completion(workflow))
    return lines
