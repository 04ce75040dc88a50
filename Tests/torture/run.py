"""The common part of all torture tests: load, rounds of failures, a quiet phase, and the final checks."""

from __future__ import annotations

import http.client
import random
from argparse import Namespace

from author import Author
from checks import Figures, check_all
from oracle import Oracle
from plain_writer import PlainWriter
from relay import Relay
from writer import Writer


class Run:
    """One run, from start to check; subclasses create the writers and define a round."""

    relay: Relay
    _writers: list[Writer]
    """All writers that read acknowledgements."""
    _plain: PlainWriter

    def __init__(self, options: Namespace) -> None:
        """``options``: ``seed``, ``rounds`` and what the subclass needs."""
        self._options = options
        self.oracle = Oracle()
        self.rounds = 0

    def _writer(self, number: int, author: Author, *, grace: bool, breaks: float = 0.01) -> Writer:
        """``breaks``: see ``Writer``."""
        chance = random.Random(f"{self._options.seed} writer {number}")
        return Writer(self.relay.socket, author, self.oracle, chance, grace=grace, breaks=breaks)

    def run(self) -> Figures | None:
        """Figures, or None if the relay did not reach a state that can be checked."""
        try:
            self.relay.start()
            for writer in [*self._writers, self._plain]:
                writer.start()
            while self._goes_on():
                self._round()
                self.rounds += 1
            self._plain.stop()
            self._calm()
            if not self._drain():
                return None
            figures = check_all(self.oracle, self.relay.status)
            self._end()
            return figures
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            self.oracle.violation(f"{type(error).__name__}: {error}")
            return None
        finally:
            for writer in self._writers:
                writer.stop()
            self.relay.kill()

    def _goes_on(self) -> bool:
        """Whether there is another round."""
        return self.rounds < self._options.rounds

    def _round(self) -> None:
        raise NotImplementedError

    def _calm(self) -> None:
        """End all failures."""

    def _drain(self) -> bool:
        """Wait until everything is acknowledged and final; False, and a violation, without progress."""
        raise NotImplementedError

    def _end(self) -> None:
        """Clean up after the checks."""
