"""Latencies of the same healthy receivers with and without bad ones beside them."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from backlog import p95
from scenarios import Scenario

MOST = 1.2
"""The ratio of p95 that the relay promises not to exceed."""
HEAD = (f"{'beside the healthy receivers':42} {'n':>6} {'p50 alone, with':>18} {'p95 alone, with':>18} "
        f"{'ratio of p95':>13}")


@dataclass
class Comparison:
    """One scenario: milliseconds of each artifact."""

    scenario: Scenario
    alone: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    """While the bad receivers get their first artifacts."""
    later: list[float] = field(default_factory=list)

    errors: dict[str, int] = field(default_factory=dict)
    """Failed attempts of the daemon with bad receivers, by class."""

    def lines(self) -> list[str]:
        if self.scenario.error is None:
            return [self._line("", self.first + self.later)]
        return [self._line(", at first", self.first), self._line(", later", self.later)]

    def _line(self, when: str, with_bad: list[float]) -> str:
        def pair(statistic: Callable[[list[float]], float]) -> str:
            return f"{statistic(self.alone):8.2f} {statistic(with_bad):9.2f}"

        ratio = p95(with_bad) / p95(self.alone)
        missed = "" if ratio <= MOST or self.scenario.error is None else f" over {MOST}"
        return (f"{self.scenario.name + when:42} {len(with_bad):6} {pair(statistics.median)} {pair(p95)} "
                f"{ratio:13.2f}{missed}")

    @property
    def holds(self) -> bool:
        """Whether the promise is kept; nothing is promised beside receivers that are well."""
        parts = [self.first, self.later] if self.scenario.error else []
        return self.is_real and all(p95(part) <= MOST * p95(self.alone) for part in parts)

    @property
    def is_real(self) -> bool:
        """Whether the bad receivers were as bad as they should be, and the healthy ones healthy."""
        return set(self.errors) == ({self.scenario.error} if self.scenario.error else set())
