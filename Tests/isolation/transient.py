"""Receivers that fail 30 % of all attempts: how many artifacts arrive all the same.

    Tests/transient.sh [--count 5000] [--seed 1]

Five receivers. A failed attempt is a 500, a 503, a reset connection or no answer within the relay's timeout (one second
here), all as likely. Retries as by default: after 1, 2 and 4 seconds. Chance follows from the seed, so it is known how
many artifacts cannot arrive: about 0.8 % fail four times in a row. Exit status 1 if less than 99 % arrive, or if any
artifact took another number of attempts than the seed says.
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
MOST_ATTEMPTS = 4
"""The first one and three retries: the relay's default."""
TARGET = 0.99
BODY = 200
BATCH = 50
UNDER_WAY = 1_000
"""Deliveries pending, at most, so that the run is not over before the first retry."""
PATIENCE = 60.0
"""Seconds without a finished delivery until the run is given up."""
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
                self._wait(UNDER_WAY)
                numbers = range(first, min(first + BATCH, self._count))
                load.write([artifact(f"w{number % RECEIVERS}", number, BODY) for number in numbers])
                load.wait()
            self._wait(0)
            return self.relay.status.get("/status")[1], self._outcomes()
        finally:
            self.relay.kill()
            self._receivers.stop()

    def _wait(self, most: int) -> None:
        """Until no more than so many deliveries are pending."""
        moved_at, before = time.monotonic(), None
        while (deliveries := self.relay.status.get("/status")[1]["deliveries"])["pending"] > most:
            finished = deliveries["delivered"] + deliveries["failed"]
            if finished != before:
                moved_at, before = time.monotonic(), finished
            if time.monotonic() - moved_at > PATIENCE:
                raise RuntimeError(f"no delivery ended for {PATIENCE:.0f} s: {deliveries}, {self.relay.log_tail()}")
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
    parser.add_argument("--seed", default="1", help="which attempts fail follows from it [1]")
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
    """Print the figures; the exit status."""
    faults = plan.faults(count, MOST_ATTEMPTS)
    planned = {number: plan.attempts(number, MOST_ATTEMPTS) for number in range(count)}
    different = [number for number in planned if outcomes.get(number) != planned[number]]
    delivered, recovered, failed = (deliveries[key] for key in ("delivered", "recovered", "failed"))
    histogram = Counter(made for made, _ in outcomes.values())
    bad = attempts - delivered
    print(f"attempts {attempts}, of them failed {bad} ({bad / attempts:.1%}); by the seed {faults.total()}: "
          f"{dict(sorted(faults.items()))}")
    print(f"delivered {delivered} of {count}: {delivered / count:.2%}; "
          f"failed {failed} {deliveries['failed_by_reason']}")
    print(f"recovered / (recovered + failed) {recovered} / {recovered + failed}: "
          f"{recovered / max(recovered + failed, 1):.2%}")
    print("artifacts by attempts " + ", ".join(f"{made}: {histogram[made]}" for made in sorted(histogram)))
    print(f"artifacts whose attempts or outcome are not those of the seed: {len(different)}")
    for number in different[:10]:
        print(f"- a{number}: {outcomes.get(number)} instead of {planned[number]}", file=sys.stderr)
    return 0 if delivered >= TARGET * count and not different else 1


if __name__ == "__main__":
    sys.exit(main())
