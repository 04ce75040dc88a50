"""Memory and processor time of processes, from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Resident memory, or 0 if the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Processor time of a process, and of those of its children that have ended; zeros if it has ended."""
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS, (int(fields[13]) + int(fields[14])) / TICKS


def stat_fields(pid: int) -> list[str]:
    """The fields after the name in ``/proc/PID/stat``; zeros if the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


class OthersShare:
    """The share of processor time used by other programs than this one and its children."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._before = self._others()

    def __call__(self) -> float:
        """The share since construction; 1 means all processors. Time stolen by a hypervisor is included."""
        passed = (time.monotonic() - self._begun) * (os.cpu_count() or 1)
        return max(self._others() - self._before, 0) / passed

    def _others(self) -> float:
        """Seconds of processor time."""
        user, nice, system, _, _, irq, soft, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
        return (user + nice + system + irq + soft + steal) / TICKS - family_cpu_seconds(os.getpid())


def family_cpu_seconds(root: int) -> float:
    """Processor time of a process and all that descend from it, ended ones included."""
    parents = {pid: int(stat_fields(pid)[1]) for entry in Path("/proc").iterdir()
               if entry.name.isdigit() and (pid := int(entry.name))}
    members, found = {root}, {root}
    while found:
        found = {pid for pid, parent in parents.items() if parent in found} - members
        members |= found
    return sum(sum(cpu_seconds(pid)) for pid in members)
