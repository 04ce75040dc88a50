"""Counts how many artifacts arrive although their receivers fail 30 % of all attempts.

    Tests/transient.sh [--count 5000] [--seed 1]

Five receivers. A failed attempt is a 500, a 503, a reset connection or no answer within the relay's timeout (one second
here), all equally likely. Default retries: after 1, 2 and 4 seconds. The seed decides which attempts fail, so it is known how
many artifacts cannot arrive: about 0.8 % fail four times in a row. Exit status 1 if less than 99 % arrive, or if the
attempts of any artifact differ from those that follow from the seed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from arrivals import ARTIFACT
from backlog import Load, artifact, registration
from exchange import field
from receiver_process import ReceiverProcess
from relay import Relay, copy_binary
from transient_plan import TransientPlan

RECEIVERS = 5
MAX_ATTEMPTS = 4
"""The first attempt and three retries: the relay's default."""
TARGET = 0.99
BODY = 200
BATCH = 50
MAX_IN_FLIGHT = 1_000
"""Maximum of pending deliveries, so that the run is not over before the first retry."""
MAX_WAIT = 60.0
"""Seconds without a finished delivery after which the run fails."""
ATTEMPT = b"\r\nX-Flock-Attempt: "


class Transient:
    """One run."""

    def __init__(self, directory: Path, count: int, seed: str) -> None:
        self.plan = TransientPlan(seed)
        self._count = count
        self._receivers = ReceiverProcess(RECEIVERS, self._take)
        self.relay = Relay(
            copy_binary(directory), directory, directory / "state", "--timeout", "1s",
            "--history-max-deliveries", "10000000")

    def _take(self, head: bytes) -> bytes | None:
        return self.plan.reply(int(field(head, ARTIFACT)), int(field(head, ATTEMPT)))

    def run(self) -> tuple[dict[str, Any], dict[int, tuple[int, bool]]]:
        """``/status`` at the end; for each artifact the attempts it took, and whether it was delivered."""
        try:
            self.relay.start()
            load = Load(self.relay)
            load.write([registration(f"w{place}", url) for place, url in enumerate(self._receivers.urls())])
            for first in range(0, self._count, BATCH):
                self._wait(MAX_IN_FLIGHT)
                numbers = range(first, min(first + BATCH, self._count))
                load.write([artifact(f"w{number % RECEIVERS}", number, BODY) for number in numbers])
                load.wait()
            self._wait(0)
            return self.relay.status.get("/status")[1], self._outcomes()
        finally:
            self.relay.kill()
            self._receivers.stop()

    def _wait(self, limit: int) -> None:
        """Wait until at most ``limit`` deliveries are pending."""
        moved_at, before = time.monotonic(), None
        while (deliveries := self.relay.status.get("/status")[1]["deliveries"])["pending"] > limit:
            finished = deliveries["delivered"] + deliveries["failed"]
            if finished != before:
                moved_at, before = time.monotonic(), finished
            if time.monotonic() - moved_at > MAX_WAIT:
                raise RuntimeError(f"no delivery ended for {MAX_WAIT:.0f} s: {deliveries}, {self.relay.log_tail()}")
            time.sleep(0.05)

    def _outcomes(self) -> dict[int, tuple[int, bool]]:
        workflows = [self.relay.status.workflow(f"w{place}") for place in range(RECEIVERS)]
        return {
            int(delivery["artifact_id"][1:]): (len(delivery["attempts"]), delivery["state"] == "delivered")
            for workflow in workflows if workflow is not None for delivery in workflow["deliveries"]
        }


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/transient.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5_000, help="artifacts [5000]")
    parser.add_argument("--seed", default="1", help="decides which attempts fail [1]")
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="transient-") as name:
        run = Transient(Path(name), options.count, options.seed)
        status, outcomes = run.run()
    print(f"seed {options.seed}, {time.monotonic() - begun:.0f} s")
    return report(run.plan, options.count, status["deliveries"], status["attempts"], outcomes)


def report(
    plan: TransientPlan, count: int, deliveries: dict[str, Any], attempts: int, outcomes: dict[int, tuple[int, bool]]
) -> int:
    """Print the figures; returns the exit status."""
    faults = plan.faults(count, MAX_ATTEMPTS)
    planned = {number: plan.attempts(number, MAX_ATTEMPTS) for number in range(count)}
    different = [number for number in planned if outcomes.get(number) != planned[number]]
    delivered, recovered, failed = (deliveries[key] for key in ("delivered", "recovered", "failed"))
    histogram = Counter(made for made, _ in outcomes.values())
    bad = attempts - delivered
    print(f"attempts {attempts}, failed {bad} ({bad / attempts:.1%}); expected from the seed {faults.total()}: "
          f"{dict(sorted(faults.items()))}")
    print(f"delivered {delivered} of {count}: {delivered / count:.2%}; "
          f"failed {failed} {deliveries['failed_by_reason']}")
    print(f"recovered / (recovered + failed) {recovered} / {recovered + failed}: "
          f"{recovered / max(recovered + failed, 1):.2%}")
    print("artifacts by attempts " + ", ".join(f"{made}: {histogram[made]}" for made in sorted(histogram)))
    print(f"artifacts with unexpected attempts or outcome: {len(different)}")
    for number in different[:10]:
        print(f"- a{number}: {outcomes.get(number)} instead of {planned[number]}", file=sys.stderr)
    return 0 if delivered >= TARGET * count and not different else 1


if __name__ == "__main__":
    sys.exit(main())
