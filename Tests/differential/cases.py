"""Test cases for the daemon: each document as a line, and as the payload of an artifact."""

from __future__ import annotations

import random
from dataclasses import dataclass

from documents import Author
from judge import Disagreement, Judgement, Reading, judge
from kinds import KINDS
from workload import Artifact, Workflow, publish

WRAPPED_KEYS = {"artifact_id", "artifact_type", "produced_by", "correlation_id", "timestamp", "payload"}
"""The fields of every artifact line; ``tags`` and ``created_at`` are optional."""


@dataclass
class Case:
    """One line."""

    kind: str
    document: bytes
    line: bytes
    judgement: Judgement
    artifact: Artifact | None = None
    """The artifact whose payload is the document; None if the document is a line itself."""

    @property
    def is_sound_payload(self) -> bool:
        """Whether the line is an artifact with this document, and nothing else, as its payload."""
        if self.artifact is None or self.judgement.oddities or self.judgement.reading is not Reading.OBJECT:
            return False
        own = judge(self.document)
        return own.reading is Reading.OBJECT and not own.oddities

    def deviation(self, code: str | None) -> str | None:
        """The listed deviation that explains the relay's answer, or None. Raises ``Disagreement``."""
        row = self.judgement.deviation(code)
        if row is None and self.artifact is not None and self.judgement.reading is Reading.OBJECT:
            self._check_meaning(code)
        return row

    def _check_meaning(self, code: str | None) -> None:
        """An artifact is accepted, or rejected because of its payload; the rest of it is valid (docs/protocol.md)."""
        keys = [key for key, _ in self.judgement.members]
        if not set(keys) - {"tags", "created_at"} == WRAPPED_KEYS:
            return
        if len(set(keys)) < len(keys):
            expected = "duplicate_key"
        else:
            expected = None if self.is_sound_payload else "wrong_type"
        if code != expected:
            raise Disagreement(f"the relay answers {code} to an artifact, expected {expected}")


def make_cases(seed: int, documents: int, delivered: list[Workflow], share: float) -> list[Case]:
    """Two cases for each document. ``share`` of the valid payloads belong to one of the workflows ``delivered``."""
    chance = random.Random(seed)
    author = Author(chance)
    unregistered = Workflow("unregistered", "unregistered", False, "flat")
    names = list(KINDS)
    cases = []
    for number in range(documents):
        kind = names[number % len(names)]
        document = KINDS[kind](author)
        assert b"\n" not in document, f"{kind} made two lines: {document!r}"
        workflow = chance.choice(delivered) if chance.random() < share else unregistered
        # White space around a value is not part of it, so the relay does not deliver it.
        artifact, line = publish(workflow, f"a-{number}", 0, number, document.strip(b" \t\r"), chance)
        cases.append(Case(kind, document, document, judge(document)))
        cases.append(Case(kind, document, line, judge(line), artifact))
    return cases
