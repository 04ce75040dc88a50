"""Memory and processor time of processes, as the kernel tells it."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Resident memory, or 0 if the process is not there any more."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Processor time of a process, and of those of its children that have ended; zeros if it is not there any more."""
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS, (int(fields[13]) + int(fields[14])) / TICKS


def stat_fields(pid: int) -> list[str]:
    """What stands behind the name in ``/proc/PID/stat``; zeros if the process is not there any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


class OthersShare:
    """How much of the processors went to programs that are not this one or started by it."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._before = self._others()

    def __call__(self) -> float:
        """Since construction; 1 is all processors. What a hypervisor took counts as well."""
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
