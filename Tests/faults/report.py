"""Reports how each row ended: as one line of text, and as JUnit XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from row_run import RowRun

NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd]")


@dataclass(frozen=True)
class Result:
    """One test case."""

    name: str
    found: str
    """The outcome in words."""
    problems: list[str]

    @classmethod
    def of(cls, row_run: RowRun, problems: list[str]) -> Result:
        reason = [f"note of the row: {row_run.row.why}"] if problems and row_run.row.why else []
        return cls(row_run.row.name, describe(row_run), problems + reason)

    def __str__(self) -> str:
        return "\n".join(
            [f"{'FAILED' if self.problems else 'ok    '} {self.name}: {self.found}",
             *(f"         {problem}" for problem in self.problems)])


def describe(row_run: RowRun) -> str:
    """Outcome, class of the last attempt, number of attempts and longest attempt of the last delivery."""
    deliveries = row_run.report.get("deliveries") or []
    if not deliveries:
        return "no delivery is known"
    attempts = deliveries[-1]["attempts"]
    last = attempts[-1] if attempts else {}
    longest = max((attempt["duration_ms"] for attempt in attempts), default=0) / 1000
    times = f" of {len(deliveries)} artifacts" if len(deliveries) > 1 else ""
    return (f"{deliveries[-1]['state']} {last.get('error') or last.get('status')}, "
            f"{len(attempts)} attempt{'s' if len(attempts) != 1 else ''}{times}, longest {longest:.2f} s")


def print_summary(results: list[Result], seconds: float) -> None:
    for result in results:
        print(result)
    failed = sum(bool(result.problems) for result in results)
    print(f"{len(results) - failed} ok, {failed} failed, {seconds:.0f} s")


def write_junit(path: Path, results: list[Result]) -> None:
    suite = ElementTree.Element("testsuite", name="faults", tests=str(len(results)))
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="faults", name=result.name)
        if result.problems:
            failure = ElementTree.SubElement(case, "failure", message=result.found)
            failure.text = NOT_IN_XML.sub("?", "\n".join(result.problems))
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
