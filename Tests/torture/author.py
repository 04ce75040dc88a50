"""The input of one writer: an endless, seeded stream of lines."""

from __future__ import annotations

import random
from dataclasses import dataclass

from garbage import bad_line, noise_line
from oracle import Oracle
from workload import Artifact, Registration, Workflow, payload, publish


@dataclass(eq=False)
class Item:
    """One line, without its LF."""

    line: bytes
    artifact: Artifact | None = None
    is_bad: bool = False


class Author:
    """Opens workflows, publishes into a few of them at a time, and ends them.

    The stream depends on the seed only, not on what happens to the lines.
    """

    def __init__(
        self, writer: int, seed: str, oracle: Oracle, ports: list[int], shared: list[Workflow], *, late: bool,
        moves: bool = True, body_size: int | None = None, max_retries: tuple[int, ...] = (0, 1, 2, 3), bad: float = 0.03,
    ) -> None:
        self._writer = writer
        self._chance = random.Random(f"{seed} author {writer}")
        self._oracle = oracle
        self._ports = ports
        self._unregistered = list(shared)
        self._shared: list[Workflow] = []
        self._open: list[tuple[Workflow, int]] = []
        self._late = late
        self._moves = moves
        self._body_size = body_size
        self._max_retries = max_retries
        self._bad = bad
        self._workflows = 0
        self._positions: dict[str, int] = {}

    def next_items(self) -> list[Item]:
        """One line, or a few that belong together."""
        if self._unregistered:
            workflow = self._unregistered.pop()
            self._shared.append(workflow)
            return [Item(workflow.registration_line(workflow.registrations[0]))]
        draw = self._chance.random()
        if draw < self._bad:
            return [Item(bad_line(self._chance), is_bad=True)]
        if draw < 2 * self._bad:
            return [Item(noise_line(self._chance))]
        if not self._open or len(self._open) < 6 and draw < 0.15:
            return self._begin()
        if self._shared and draw < 0.3:
            return [self._publish(self._chance.choice(self._shared))]
        return self._continue()

    def _begin(self) -> list[Item]:
        self._workflows += 1
        key = f"w{self._writer}-{self._workflows}"
        name = self._chance.choice([key, f"{key} ünï % code", f"{key}/\U0001f426"])
        workflow = Workflow(key, name, self._chance.random() < 0.4, self._chance.choice(["flat", "flat", "flock"]))
        self._oracle.add(workflow)
        self._open.append((workflow, self._chance.choice([1, 3, 10, 30, 100])))
        registration = Item(workflow.registration_line(self._register(workflow)))
        if self._late and self._chance.random() < 0.3:
            return [self._publish(workflow), self._publish(workflow), registration]
        return [registration]

    def _register(self, workflow: Workflow) -> Registration:
        secret = f"secret {self._chance.getrandbits(64):x}"
        port = self._chance.choice(self._ports)
        if workflow.registrations and not self._moves:
            port = workflow.registrations[0].port
        return workflow.register(port, secret, self._chance.choice(self._max_retries))

    def _continue(self) -> list[Item]:
        place = self._chance.randrange(len(self._open))
        workflow, remaining = self._open[place]
        if remaining == 0:
            del self._open[place]
            return [Item(workflow.completion_line())] if self._chance.random() < 0.5 else []
        self._open[place] = (workflow, remaining - 1)
        replaces = self._chance.random() < 0.02
        return ([Item(workflow.registration_line(self._register(workflow)))] if replaces else []) + [
            self._publish(workflow)
        ]

    def _publish(self, workflow: Workflow) -> Item:
        position = self._positions[workflow.key] = self._positions.get(workflow.key, 0) + 1
        artifact_id = self._chance.choice(["a{}-{}", "é {}-{}", "%{}-{}"]).format(self._writer, position)
        artifact, line = publish(
            workflow, artifact_id, self._writer, position, payload(self._chance, self._size()), self._chance)
        self._oracle.expect(artifact)
        return Item(line, artifact)

    def _size(self) -> int:
        if self._body_size is not None:
            return self._body_size
        draw = self._chance.random()
        if draw < 0.8:
            return self._chance.randrange(500)
        return self._chance.randrange(1_000, 8_000) if draw < 0.99 else self._chance.randrange(50_000, 150_000)
