"""Compares how the relay, curl, Python's http.client and node's http read odd but sound HTTP/1.1 answers.

What the three clients all read as a final status must be that status in the relay. Where they differ, the readings are
printed and counted. The binary: FLOCK_RELAY, else the release build.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.sax.saxutils import quoteattr

for folder in ("torture", "differential"):
    sys.path.append(str(Path(__file__).resolve().parent.parent / folder))

from answer import Answer  # noqa: E402
from answer_server import AnswerServer  # noqa: E402
from clients import CLIENTS, Reading  # noqa: E402
from oddities import ODDITIES, make_answers  # noqa: E402
from relay import Relay, temporary_relay  # noqa: E402
from relay_client import OPTIONS, read_with_relay  # noqa: E402

BATCH = 200
"""Answers that are served at the same time."""
RELAY = "relay"
AGREED, DIFFERENT, FAULTY = "agreed", "clients differ", "faults"


def main() -> int:
    options = parse_options()
    started = time.monotonic()
    answers = make_answers(options.seed, options.answers)
    with temporary_relay(*OPTIONS) as relay:
        comparison = Comparison()
        for start in range(0, len(answers), BATCH):
            batch = answers[start : start + BATCH]
            comparison.add(batch, read(relay, f"batch-{start}", batch))
    comparison.print(options.seed, time.monotonic() - started)
    if options.junit:
        options.junit.write_text(comparison.junit())
    return 1 if comparison.faults else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=400, help="number of answers, default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same answers")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a report with one case for each oddity")
    return parser.parse_args()


def read(relay: Relay, name: str, batch: list[Answer]) -> list[dict[str, Reading]]:
    """The readings of each answer, by client. All clients run at the same time."""
    server = AnswerServer(batch)
    try:
        with ThreadPoolExecutor() as pool:
            tasks = {client: pool.submit(run, server.ports) for client, run in CLIENTS.items()}
            tasks[RELAY] = pool.submit(read_with_relay, relay, name, server.ports)
            columns = {client: task.result() for client, task in tasks.items()}
    finally:
        server.stop()
    for client, readings in columns.items():
        if len(readings) != len(batch):
            raise RuntimeError(f"{client} gave {len(readings)} readings for {len(batch)} answers")
    return [{client: readings[index] for client, readings in columns.items()} for index in range(len(batch))]


class Comparison:
    """Counts agreements and differences."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        """For each oddity, the answers that have it, by result."""
        self.differences: dict[str, list[Answer]] = defaultdict(list)
        """Answers that the clients read differently, by their readings in words."""
        self.faults: list[tuple[str, str]] = []
        """First oddity, and what is wrong."""
        self.answers = self.agreed = 0

    def add(self, batch: list[Answer], readings: list[dict[str, Reading]]) -> None:
        for answer, reading in zip(batch, readings):
            result = self._compare(answer, reading)
            self.answers += 1
            self.agreed += result == AGREED
            for oddity in answer.oddities:
                self.counts[oddity][result] += 1

    def _compare(self, answer: Answer, reading: dict[str, Reading]) -> str:
        # http.client takes any interim status but 100 for the final one. Its reading is then left out.
        statuses = {reading[client] for client in CLIENTS} - {status for status, _ in answer.interims}
        if len(statuses) > 1 or isinstance(min(statuses, key=str), str):
            self.differences[describe(answer, reading)].append(answer)
            return DIFFERENT
        if reading[RELAY] not in statuses:
            self._note_fault(answer, f"all clients read {statuses.pop()}, the relay {reading[RELAY]}")
            return FAULTY
        return AGREED

    def _note_fault(self, answer: Answer, what: str) -> None:
        oddities = ", ".join(answer.oddities)
        self.faults.append((answer.oddities[0], f"{what} ({oddities}): {answer.encoded[:800]!r}"))

    # Reports

    def print(self, seed: int, seconds: float) -> None:
        columns = [AGREED, DIFFERENT, FAULTY]
        print(f"{'oddity':26}" + "".join(f"{column:>16}" for column in columns))
        for oddity in ODDITIES:
            print(f"{oddity:26}" + "".join(f"{self.counts[oddity][column] or '':>16}" for column in columns))
        for readings, answers in sorted(self.differences.items(), key=lambda item: -len(item[1])):
            common = Counter(oddity for answer in answers for oddity in answer.oddities).most_common(3)
            print(f"{len(answers):4} × {readings}; most often {', '.join(oddity for oddity, _ in common)}")
        for _, fault in self.faults[:20]:
            print(f"FAULT: {fault}")
        print(f"seed {seed}: {self.answers} answers, {self.agreed} read alike by all four, "
              f"{self.answers - self.agreed - len(self.faults)} read differently by the three clients, "
              f"{len(self.faults)} faults, {seconds:.1f} s")

    def junit(self) -> str:
        """One case for each oddity."""
        cases = []
        for oddity in ODDITIES:
            faults = [fault for first, fault in self.faults if first == oddity]
            failure = f"<failure message={quoteattr(faults[0][:1_000])}/>" if faults else ""
            cases.append(f"<testcase classname=\"answers\" name={quoteattr(oddity)}>{failure}</testcase>")
        return f"<testsuite name=\"answers\">{''.join(cases)}</testsuite>\n"


def describe(answer: Answer, reading: dict[str, Reading]) -> str:
    """The readings of all four in words that are the same for similar answers."""
    interims = {status for status, _ in answer.interims}

    def word(status: Reading) -> str:
        if status == answer.status:
            return "final status"
        return "interim status" if status in interims else str(status)

    return ", ".join(f"{client}: {word(status)}" for client, status in reading.items())


if __name__ == "__main__":
    sys.exit(main())
