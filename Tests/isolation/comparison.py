"""Latencies of the same healthy receivers with and without bad ones beside them."""

from __future__ import annotations

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
    """Failed attempts of the daemon with bad receivers, by class."""

    def lines(self) -> list[str]:
        if not self.scenario.bad:
            return [self._line("", self.first + self.later)]
        return [self._line(", at first", self.first), self._line(", later", self.later)]

    def _line(self, when: str, bad: list[float]) -> str:
        alone, well, ratio = p95(self.alone), p95(self.well), p95(bad) / p95(self.well)
        missed = "" if ratio <= MOST or not self.scenario.bad else f" over {MOST}"
        return (f"{self.scenario.name + when:42} {len(bad):6} {alone:12.2f} {well:14.2f} {p95(bad):14.2f} "
                f"{ratio:7.2f} {p95(bad) / alone:10.2f}{missed}")

    @property
    def holds(self) -> bool:
        """Whether the promise is kept; nothing is promised of daemons that are alike."""
        parts = [self.first, self.later] if self.scenario.bad else []
        return self.is_real and all(p95(part) <= MOST * p95(self.well) for part in parts)

    @property
    def is_real(self) -> bool:
        """Whether the bad receivers were as bad as they should be, and the healthy ones healthy."""
        return set(self.errors) == ({self.scenario.error} if self.scenario.error else set())
