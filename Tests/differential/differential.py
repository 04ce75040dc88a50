"""Compares the relay's JSON parser with Python's: both must accept and reject the same documents.

Each generated document goes to a real daemon twice, as a line and as the payload of an artifact. The daemon's replies
must agree with ``json.loads``, but for the deviations listed in ``judge.py``. A share of the accepted payloads is
delivered to a receiver on loopback, and must arrive byte for byte.
The binary: FLOCK_RELAY, else the release build.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "torture"))

from behaviour import Answer  # noqa: E402
from cases import Case, make_cases  # noqa: E402
from conversation import rejections  # noqa: E402
from judge import DEVIATIONS, SYNTAX_CODES, Disagreement  # noqa: E402
from kinds import KINDS  # noqa: E402
from oracle import Oracle  # noqa: E402
from receiver import Receiver  # noqa: E402
from relay import Relay, temporary_relay  # noqa: E402
from workload import Workflow  # noqa: E402

DELIVERY_PATIENCE = 60.0
"""Seconds for all deliveries to arrive."""


ACCEPTED, REJECTED, MEANING = "both accept", "both reject", "other rejection"
"""The relay also rejects objects with missing fields or fields of the wrong type."""


def outcome(code: str | None) -> str:
    """The column of a line on which both agree; ``code``: why the relay rejected it, None if it did not."""
    if code is None:
        return ACCEPTED
    return REJECTED if code in SYNTAX_CODES else MEANING


def main() -> int:
    options = parse_options()
    started = time.monotonic()
    with temporary_relay() as relay:
        comparison = Comparison(relay, options.seed, options.documents, options.deliveries)
        comparison.run()
    comparison.print(options.seed, time.monotonic() - started)
    if options.junit:
        options.junit.write_text(comparison.junit())
    return 1 if comparison.faults else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=26_000, help="number of documents, default %(default)s")
    parser.add_argument("--deliveries", type=int, default=500, help="approximate number of documents to deliver, default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same documents")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a report with one case for each kind")
    return parser.parse_args()


class Comparison:
    """One run against one daemon."""

    def __init__(self, relay: Relay, seed: int, documents: int, deliveries: int) -> None:
        self._relay = relay
        self._oracle = Oracle()
        receiver = Receiver(self._oracle, lambda *_: Answer("status", 200))
        self._workflows = [Workflow(name, name, False, name) for name in ("flat", "flock")]
        for workflow in self._workflows:
            workflow.register(receiver.port, "secret", 0)
        # About a sixth of the documents are valid objects.
        self._cases = make_cases(seed, documents, self._workflows, min(1, 6 * deliveries / max(1, documents)))
        self.counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
        """For each kind of document, the counts by ``outcome``."""
        self.faults: list[tuple[str, str]] = []
        """Kind of document, and what is wrong."""
        self.delivered = 0

    def run(self) -> None:
        expected = [case for case in self._cases if case.is_sound_payload and self._is_registered(case)]
        for case in expected:
            self._oracle.expect(case.artifact)
        head = [each.registration_line(each.registrations[0]) for each in self._workflows]
        codes = rejections(self._relay.socket, head + [case.line for case in self._cases])
        for index, case in enumerate(self._cases):
            self._compare(case, codes.get(index + len(head)))
        self._await_deliveries(expected)

    def _is_registered(self, case: Case) -> bool:
        return case.artifact is not None and case.artifact.workflow in self._workflows

    def _compare(self, case: Case, code: str | None) -> None:
        try:
            self.counts[case.kind][case.deviation(code) or outcome(code)] += 1
        except Disagreement as disagreement:
            self.faults.append((case.kind, f"{disagreement}: {case.line!r}"))

    def _await_deliveries(self, expected: list[Case]) -> None:
        """Wait until each has arrived once, as written; the receiver compares bytes, ids and signature."""
        deadline = time.monotonic() + DELIVERY_PATIENCE
        arrived = self._oracle.moments["answer"]
        while (missing := [case for case in expected if case.artifact not in self._oracle.posts]):
            arrived.clear()
            if time.monotonic() > deadline:
                break
            arrived.wait(0.1)
        self.faults += [(case.kind, f"never delivered: {case.line!r}") for case in missing]
        self.faults += [("deliveries", violation) for violation in self._oracle.violations]
        self.delivered = len(expected) - len(missing)
        if not self.delivered:
            self.faults.append(("deliveries", "nothing was delivered"))

    # Reports

    def print(self, seed: int, seconds: float) -> None:
        columns = [ACCEPTED, REJECTED, MEANING, *DEVIATIONS]
        print(f"{'kind':26}" + "".join(f"{column:>16}" for column in columns))
        for kind, counts in self.counts.items():
            print(f"{kind:26}" + "".join(f"{counts[column] or '':>16}" for column in columns))
        for row, reason in DEVIATIONS.items():
            print(f"{row}: {reason}")
        for kind, fault in self.faults[:20]:
            print(f"FAULT in {kind}: {fault[:800]}")
        print(
            f"seed {seed}: {len(self._cases) // 2} documents, {len(self._cases)} lines, "
            f"{self.delivered} payloads delivered byte for byte, {len(self.faults)} faults, {seconds:.1f} s")

    def junit(self) -> str:
        """One case for each kind of document, and one for what was delivered."""
        cases = []
        for name in [*KINDS, "deliveries"]:
            faults = [fault for kind, fault in self.faults if kind == name]
            failure = f"<failure message={quoteattr(faults[0][:1_000])}/>" if faults else ""
            cases.append(f"<testcase classname=\"differential\" name={quoteattr(name)}>{failure}</testcase>")
        return f"<testsuite name=\"differential\">{''.join(cases)}</testsuite>\n"


if __name__ == "__main__":
    sys.exit(main())
