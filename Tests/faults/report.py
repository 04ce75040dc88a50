"""Says how each row ended: for people, one line, and as JUnit XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from trial import Trial

NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd]")


@dataclass(frozen=True)
class Result:
    """One test case."""

    name: str
    found: str
    """What came of it, in words."""
    objections: list[str]

    @classmethod
    def of(cls, trial: Trial, objections: list[str]) -> Result:
        reason = [f"the row: {trial.row.why}"] if objections and trial.row.why else []
        return cls(trial.row.name, describe(trial), objections + reason)

    def __str__(self) -> str:
        return "\n".join(
            [f"{'FAILED' if self.objections else 'ok    '} {self.name}: {self.found}",
             *(f"         {objection}" for objection in self.objections)])


def describe(trial: Trial) -> str:
    """Outcome, class of the last attempt, number of attempts, longest attempt: of the last delivery."""
    deliveries = trial.report.get("deliveries") or []
    if not deliveries:
        return "nothing is known"
    attempts = deliveries[-1]["attempts"]
    last = attempts[-1] if attempts else {}
    longest = max((attempt["duration_ms"] for attempt in attempts), default=0) / 1000
    times = f" of {len(deliveries)} artifacts" if len(deliveries) > 1 else ""
    return (f"{deliveries[-1]['state']} {last.get('error') or last.get('status')}, "
            f"{len(attempts)} attempt{'s' if len(attempts) != 1 else ''}{times}, longest {longest:.2f} s")


def print_summary(results: list[Result], seconds: float) -> None:
    for result in results:
        print(result)
    failed = sum(bool(result.objections) for result in results)
    print(f"{len(results) - failed} ok, {failed} failed, {seconds:.0f} s")


def write_junit(path: Path, results: list[Result]) -> None:
    suite = ElementTree.Element("testsuite", name="faults", tests=str(len(results)))
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="faults", name=result.name)
        if result.objections:
            failure = ElementTree.SubElement(case, "failure", message=result.found)
            failure.text = NOT_IN_XML.sub("?", "\n".join(result.objections))
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
