"""Checks that memory does not grow after the warm-up of a daemon."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from samples import Sample

MAX_GROWTH = 0.10
"""Growth of the median from the second quarter to the last."""


@dataclass(frozen=True)
class Flatness:
    """One figure over a run, compared by quarters of the deliveries; the first quarter is the warm-up."""

    what: str
    second_quarter: float
    """Bytes, median."""
    last_quarter: float
    """Bytes, median."""
    slope: float
    """Bytes for each delivery, by least squares over all but the first quarter."""

    @property
    def growth(self) -> float:
        return self.last_quarter / self.second_quarter - 1

    @property
    def is_flat(self) -> bool:
        return self.growth <= MAX_GROWTH

    def __str__(self) -> str:
        return (f"{self.what}: median {self.second_quarter / 1e6:.1f} MB in the second quarter, "
                f"{self.last_quarter / 1e6:.1f} MB in the last ({self.growth:+.1%}), slope {self.slope:+.2f} bytes "
                f"a delivery: {'flat' if self.is_flat else 'GROWS'}")


def flatness(what: str, samples: list[Sample], value: Callable[[Sample], int]) -> Flatness | None:
    """None if there are too few samples."""
    end = samples[-1].delivered
    warm = [sample for sample in samples if end / 4 < sample.delivered]
    second = [value(sample) for sample in warm if sample.delivered <= end / 2]
    last = [value(sample) for sample in warm if sample.delivered > end * 3 / 4]
    if len(second) < 3 or len(last) < 3:
        return None
    slope, _ = statistics.linear_regression([each.delivered for each in warm], [value(each) for each in warm])
    return Flatness(what, statistics.median(second), statistics.median(last), slope)
