"""Latencies of the same healthy receivers with and without bad ones beside them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from backlog import p95
from scenarios import Scenario

MOST = 1.2
"""The ratio of p95 that the relay promises not to exceed."""
HEAD = (f"{'':42} {'':6} {'p95 of the healthy ones, the others':^42} {'ratio to':^15}\n"
        f"{'':42} {'n':>6} {'not there':>12} {'well':>14} {'bad':>14} {'well':>7} {'not there':>10}")


@dataclass
class Comparison:
    """One scenario: milliseconds of each artifact for a healthy receiver."""

    scenario: Scenario
    alone: list[float] = field(default_factory=list)
    """With nobody beside the healthy receivers."""
    well: list[float] = field(default_factory=list)
    """With as many receivers beside them, and as much for these, as there are bad ones; but they are well."""
    first: list[float] = field(default_factory=list)
    """While the bad receivers get their first artifacts."""
    later: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    """Failed attempts of the daemons with bad receivers, by class."""

    def count(self, errors: dict[str, int]) -> None:
        """Take over the failed attempts of one more daemon with bad receivers."""
        self.errors = dict(Counter(self.errors) + Counter(errors))

    def lines(self) -> list[str]:
        if not self.scenario.bad:
            return [self._line("", self.first + self.later)]
        return [self._line(", at first", self.first), self._line(", later", self.later)]

    def _line(self, when: str, bad: list[float]) -> str:
        alone, well = p95(bad) / p95(self.alone), p95(bad) / p95(self.well)
        missed = "" if self._is_kept(bad) else f" over {MOST}"
        return (f"{self.scenario.name + when:42} {len(bad):6} {p95(self.alone):12.2f} {p95(self.well):14.2f} "
                f"{p95(bad):14.2f} {well:7.2f} {alone:10.2f}{missed}")

    def _is_kept(self, bad: list[float]) -> bool:
        """Whether the promise is; nothing is promised of daemons that are alike."""
        if not self.scenario.bad:
            return True
        baselines = [self.well, self.alone] if self.scenario.is_light else [self.well]
        return all(p95(bad) <= MOST * p95(baseline) for baseline in baselines)

    @property
    def holds(self) -> bool:
        return self.is_real and self._is_kept(self.first) and self._is_kept(self.later)

    @property
    def is_real(self) -> bool:
        """Whether the bad receivers were as bad as they should be, and the healthy ones healthy."""
        return set(self.errors) == ({self.scenario.error} if self.scenario.error else set())
