"""Latencies of the same healthy receivers with and without bad ones beside them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from backlog import p95
from scenarios import Scenario

MAX_RATIO = 1.2
"""The ratio of p95 that the relay guarantees not to exceed."""
HEAD = (f"{'':42} {'':6} {'p95 of healthy ones, with others':^42} {'ratio to':^15}\n"
        f"{'':42} {'n':>6} {'absent':>12} {'healthy':>14} {'bad':>14} {'healthy':>7} {'absent':>10}")


@dataclass
class Comparison:
    """One scenario: milliseconds of each artifact for a healthy receiver."""

    scenario: Scenario
    alone: list[float] = field(default_factory=list)
    """Without other receivers."""
    well: list[float] = field(default_factory=list)
    """With as many other receivers, and as many artifacts for them, as in the bad case; but these are healthy."""
    first: list[float] = field(default_factory=list)
    """While the bad receivers get their first artifacts."""
    later: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    """Failed attempts of the daemons with bad receivers, by class."""

    def count(self, errors: dict[str, int]) -> None:
        """Add the failed attempts of one more daemon with bad receivers."""
        self.errors = dict(Counter(self.errors) + Counter(errors))

    def lines(self) -> list[str]:
        if not self.scenario.bad:
            return [self._line("", self.first + self.later)]
        return [self._line(", at first", self.first), self._line(", later", self.later)]

    def _line(self, when: str, bad: list[float]) -> str:
        alone, well = p95(bad) / p95(self.alone), p95(bad) / p95(self.well)
        missed = "" if self._is_kept(bad) else f" over {MAX_RATIO}"
        return (f"{self.scenario.name + when:42} {len(bad):6} {p95(self.alone):12.2f} {p95(self.well):14.2f} "
                f"{p95(bad):14.2f} {well:7.2f} {alone:10.2f}{missed}")

    def _is_kept(self, bad: list[float]) -> bool:
        """Whether the guarantee holds; none applies to daemons with the same load."""
        if not self.scenario.bad:
            return True
        baselines = [self.well, self.alone] if self.scenario.is_light else [self.well]
        return all(p95(bad) <= MAX_RATIO * p95(baseline) for baseline in baselines)

    @property
    def holds(self) -> bool:
        return self.is_real and self._is_kept(self.first) and self._is_kept(self.later)

    @property
    def is_real(self) -> bool:
        """Whether the bad receivers failed as the scenario says, and the healthy ones did not fail."""
        return set(self.errors) == ({self.scenario.error} if self.scenario.error else set())
