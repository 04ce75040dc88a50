"""Kills the daemon at random times."""

from __future__ import annotations

import random
import time

from oracle import Oracle
from relay import Relay


class Killer:
    """Kills at a random time, or right after an acknowledgement, a request or an answer."""

    def __init__(self, relay: Relay, oracle: Oracle, chance: random.Random) -> None:
        self._relay = relay
        self._oracle = oracle
        self._chance = chance

    def wait_for_instant(self) -> None:
        moment = self._chance.choice(["time", "ack", "post", "answer"])
        after = self._chance.choice([0, self._chance.uniform(0, 0.003), self._chance.uniform(0, 0.3)])
        if moment != "time":
            self._oracle.moments[moment].clear()
            self._oracle.moments[moment].wait(0.3)
        time.sleep(after)

    def kill_daemon(self) -> None:
        """Send SIGKILL and start again; some daemons are killed once more before they are ready."""
        self._check_running()
        self._oracle.killed("daemon")
        self._relay.kill()
        time.sleep(self._chance.choice([0, 0, self._chance.uniform(0, 0.2)]))
        self._relay.launch()
        if self._chance.random() < 0.15:
            time.sleep(self._chance.uniform(0, 0.1))
            self._check_running()
            self._oracle.killed("daemon")
            self._relay.kill()
            self._relay.launch()
        self._relay.wait_until_ready()

    def upgrade_daemon(self, seconds: float) -> None:
        """Replace the running binary and send SIGTERM: the daemon must end with exit code 0."""
        self._check_running()
        self._relay.replace_binary()
        self._oracle.killed("term")
        code = self._relay.terminate(seconds)
        if code != 0:
            self._oracle.violation(f"SIGTERM: exit code {code} (None: still running after {seconds} s): {self._relay.log_tail()}")
        self._relay.start()

    def start_second(self) -> None:
        """A second daemon on the same state directory or socket must end with exit code 75."""
        relay = self._relay
        if self._chance.random() < 0.5:
            place = relay.directory / "second.sock", relay.state
        else:
            place = relay.socket, relay.directory / "second-state"
        code, error = relay.second(*place)
        if code != 75 or not error.strip():
            self._oracle.violation(f"a second daemon ended with {code}, not 75: {error}")
        if relay.status.readiness() is None:
            self._oracle.violation("the daemon does not answer after a second one was started")

    def _check_running(self) -> None:
        if (code := self._relay.ended()) is not None:
            self._oracle.violation(f"the daemon ended unexpectedly with {code}: {self._relay.log_tail()}")
