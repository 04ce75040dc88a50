"""The report of a long run."""

from __future__ import annotations

import sys

from arrivals import Tally
from flatness import flatness
from samples import Sample, Sampler

ROWS = 16
"""Rows of the printed table; the CSV file has every sample."""
MAX_MEMORY = 80_000_000
"""Bytes of resident memory."""
HEAD = """\
| delivered | minutes | deliveries/s | daemon, MB | open descriptors | outbox, MB | p95, ms |
|--:|--:|--:|--:|--:|--:|--:|"""


def table(samples: list[Sample]) -> str:
    """Markdown, with rows at about equal distances."""
    last = len(samples) - 1
    chosen = sorted({round(row * last / (ROWS - 1)) for row in range(ROWS)})
    rows, before = [], samples[0]
    for sample in [samples[each] for each in chosen]:
        rows.append(row(sample, before))
        before = sample
    return "\n".join([HEAD, *rows])


def row(sample: Sample, before: Sample) -> str:
    passed = sample.seconds - before.seconds
    rate = (sample.delivered - before.delivered) / passed if passed else sample.deliveries_per_second
    return (
        f"| {sample.delivered} | {sample.seconds / 60:.1f} | {rate:.0f} | {sample.daemon_rss_bytes / 1e6:.1f} "
        f"| {sample.descriptors} | {sample.outbox_bytes / 1e6:.1f} | {sample.p95_ms:.1f} |")


def judge(count: int, sampler: Sampler, tally: Tally) -> int:
    """Print the result; returns the exit status."""
    final = sampler.samples[-1]
    print(f"artifacts {count}, arrived {tally.distinct}, requests {tally.requests} "
          f"({tally.requests - tally.distinct} of them repeated), wrong number {tally.misplaced}; the daemon counts "
          f"{final.delivered} delivered")
    problems = find_problems(count, sampler, tally)
    found = flatness("daemon", sampler.samples, lambda sample: sample.daemon_rss_bytes)
    print(found or "daemon: too few samples")
    if found is None or not found.is_flat:
        problems.append("memory of the daemon grows, or has too few samples")
    highest = max(sample.daemon_rss_bytes for sample in sampler.samples)
    print(f"highest resident memory {highest / 1e6:.1f} MB")
    if highest > MAX_MEMORY:
        problems.append(f"the daemon took more than {MAX_MEMORY / 1e6:.0f} MB")
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


def find_problems(count: int, sampler: Sampler, tally: Tally) -> list[str]:
    """Problems with the arrivals."""
    problems = []
    if tally.distinct != count or sampler.samples[-1].delivered != count:
        problems.append("not every artifact was delivered")
    if tally.misplaced:
        problems.append("artifacts have wrong sequence numbers")
    return problems
