"""Checks that steps of the system's clock end nothing: while the relay runs, and between its stop and its start.

    FLOCK_RELAY=…/flock-relay python3 Tests/torture/clock_steps.py

One daemon for each history of a clock, all at the same time. The library that they preload (stepping_clock.c) is
compiled here. Takes two minutes, because what is expired is deleted once a minute. Exit status 1 on any problem.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from behaviour import Answer
from preload import compile_library
from receiver import Listener, answer
from relay import Relay, copy_binary
from stepping_clock import SteppingClock

SOURCE = Path(__file__).with_name("stepping_clock.c")
DAY = 86_400.0
MAX_WAIT = 120.0
"""Seconds until a condition must hold; what is expired is deleted after a minute."""
TOLERANCE = 30.0
"""Seconds by which a shown time may differ."""
MAX_HISTORY = 4
"""Finished deliveries that are kept: one less than there are at the end of each run."""
OPTIONS = ["--registration-ttl", "1h", "--history-max-age", "1h", "--history-max-deliveries", str(MAX_HISTORY),
           "--unmatched-grace", "20s"]


@dataclass(frozen=True)
class History:
    """What a clock shows: seconds since 1970."""

    name: str
    at_first: float
    stepped: float
    after_restart: float
    boots: bool = False
    """Whether the machine boots between the two runs."""


def histories() -> list[History]:
    now = time.time()
    return [
        History("forward a day, and back", now, now + DAY, now),
        History("back a day, and forward", now, now - DAY, now),
        History("1970, corrected while the relay runs", 1_000, now, now),
        History("1970, corrected between stop and start", 1_000, 1_000, now),
        History("1970, corrected before the next boot", 1_000, 1_000, now, boots=True),
        History("forward a day at a boot", now, now, now + DAY, boots=True),
    ]


class Timestamps(Listener):
    """Answers 200, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: dict[str, dict[str, str]] = {}
        super().__init__()

    def _take(self, connection: socket.socket, path: str, headers: dict[str, str], body: bytes) -> bool:
        self.requests[headers["x-flock-artifact-id"]] = headers
        return answer(connection, Answer("status", 200))


class Scenario:
    """One daemon and its receiver."""

    def __init__(self, history: History, binary: Path, library: Path, directory: Path) -> None:
        directory.mkdir()
        self._history = history
        self._clock = SteppingClock(library, directory / "clock")
        self._receiver = Timestamps()
        self._relay = Relay(binary, directory, directory / "state", *OPTIONS, environment=self._clock.environment)
        self.problems: list[str] = []

    def run(self) -> list[str]:
        """The problems found."""
        try:
            self._first_run()
            self._second_run()
        except (RuntimeError, TimeoutError, sqlite3.Error) as error:
            self._problem(str(error))
        finally:
            self._relay.kill()
        return self.problems

    def _first_run(self) -> None:
        self._clock.set(self._history.at_first)
        self._relay.start()
        self._write(self._registration("w"), self._registration("completed"),
                    {"type": "workflow_completed", "correlation_id": "completed"}, self._artifact("early", "late"))
        self._deliver("a1", "a2", "a3")
        self._clock.set(self._history.stepped)
        self._write(self._artifact("c1", "completed"), self._registration("late"))
        self._wait_for("what came after the step is delivered", lambda: {"c1", "early"} <= self._receiver.requests.keys())
        self._check("after a step", newest="a3", sequence=3)
        self._relay.terminate(30)

    def _second_run(self) -> None:
        if self._history.boots:
            with contextlib.closing(sqlite3.connect(self._relay.state / "outbox.sqlite")) as file, file:
                file.execute("UPDATE boots SET boot = 'another'")
        self._clock.set(self._history.after_restart)
        self._relay.start()
        self._receiver.requests.clear()
        self._deliver("a1", "a4")
        if "a1" in self._receiver.requests:
            self._problem("an artifact id is forgotten: a1 is delivered twice")
        self._check("after a restart", newest="a4", sequence=4)

    def _check(self, when: str, *, newest: str, sequence: int) -> None:
        """Wait until the retention has run, and look for what it should not have ended."""
        if (sent := int(self._receiver.requests[newest]["x-flock-sequence"])) != sequence:
            self._problem(f"{when}: {newest} has sequence number {sent} instead of {sequence}")
        self._wait_for("the oldest delivery is deleted", lambda: self._history_length() <= MAX_HISTORY)
        found = self._relay.status.workflow("w")
        if found is None or found["origin"] is None:
            return self._problem(f"{when}: the registration has ended: {found}")
        shown = [each for each in found["deliveries"] if each["artifact_id"] == newest]
        if not shown:
            return self._problem(f"{when}: the history has lost {newest}")
        for text in (shown[0]["received_at"], shown[0]["attempts"][0]["started_at"], found["last_activity_at"]):
            if abs(self._clock.now() - datetime.fromisoformat(text).timestamp()) > MAX_WAIT + TOLERANCE:
                self._problem(f"{when}: {text} is shown, but the clock is at {self._clock.now():.0f}")

    def _history_length(self) -> int:
        """Finished deliveries of all workflows that status shows."""
        names = ("w", "completed", "late")
        return sum(len(found["deliveries"]) for name in names if (found := self._relay.status.workflow(name)))

    # Lines

    def _registration(self, workflow: str) -> dict[str, object]:
        url = f"http://127.0.0.1:{self._receiver.port}/"
        return {"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url, "ordering": "ordered"}

    def _artifact(self, artifact: str, workflow: str = "w") -> dict[str, object]:
        return {"artifact_id": artifact, "artifact_type": "Order", "produced_by": "test", "payload": {}, "tags": [],
                "correlation_id": workflow, "timestamp": "2026-01-01T00:00:00Z"}

    def _deliver(self, *artifacts: str) -> None:
        """Write artifacts, wait until the last one is delivered, and check the time of day in its request."""
        self._write(*(self._artifact(artifact) for artifact in artifacts))
        self._wait_for(f"{artifacts[-1]} is delivered", lambda: artifacts[-1] in self._receiver.requests)
        sent_at = int(self._receiver.requests[artifacts[-1]]["webhook-timestamp"])
        if abs(sent_at - self._clock.now()) > TOLERANCE:
            self._problem(f"webhook-timestamp is {sent_at}, but the clock is at {self._clock.now():.0f}")

    def _write(self, *lines: dict[str, object]) -> None:
        """Write lines, and end the connection."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._relay.socket))
            connection.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    # Results

    def _wait_for(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + MAX_WAIT
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {MAX_WAIT:.0f} s: {what}")
            time.sleep(0.05)

    def _problem(self, text: str) -> None:
        self.problems.append(f"{self._history.name}: {text}")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        directory = Path(name).resolve()
        binary, library = copy_binary(directory), compile_library(SOURCE, directory)
        scenarios = [
            Scenario(history, binary, library, directory / str(number)) for number, history in enumerate(histories())
        ]
        with ThreadPoolExecutor(len(scenarios)) as pool:
            problems = [problem for found in pool.map(Scenario.run, scenarios) for problem in found]
    print(f"{len(scenarios)} clocks, {len(problems)} problems")
    for problem in problems:
        print(f"- {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
