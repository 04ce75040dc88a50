"""Checks that ``serve`` on an unwritable state directory ends with a message about the problem and the remedy."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from failing_disk import FailingDisk
from private_mounts import with_read_only
from relay import Relay

BAD_CONFIGURATION = 78
MAX_WAIT = 30.0
"""Seconds until the daemon must have ended."""
REMEDIES = ("choose another", "can be written to")
"""One of these must be in the message, in addition to the directory."""


def unwritable_starts(binary: Path, directory: Path) -> list[str]:
    """Problems with the daemon's end on a read-only file system, and on a disk that rejects writes."""
    return read_only_start(binary, directory / "read-only") + failing_start(binary, directory / "broken")


def read_only_start(binary: Path, directory: Path) -> list[str]:
    relay, state = prepare(binary, directory)
    command = with_read_only(state, relay.command(relay.socket, state))
    if command is None:
        print("  start on a read-only directory: skipped, mounts are not allowed here")
        return []
    return judge("a read-only directory", command, state, {})


def failing_start(binary: Path, directory: Path) -> list[str]:
    relay, state = prepare(binary, directory)
    disk = FailingDisk(directory, state)
    disk.fail()
    return judge("a disk with I/O errors", relay.command(relay.socket, state), state, disk.environment)


def prepare(binary: Path, directory: Path) -> tuple[Relay, Path]:
    """Create the daemon and its empty state directory."""
    state = directory / "state"
    state.mkdir(parents=True, mode=0o700)
    return Relay(binary, directory, state), state


def judge(name: str, command: list[str], state: Path, environment: Mapping[str, str]) -> list[str]:
    """Run the command to its end, and check exit code and message."""
    try:
        ended = subprocess.run(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=MAX_WAIT)
    except subprocess.TimeoutExpired:
        return [f"start on {name}: the daemon did not end"]
    print(f"  start on {name}: exit code {ended.returncode}, {ended.stderr.strip()}")
    problems = []
    if ended.returncode != BAD_CONFIGURATION:
        problems.append(f"start on {name}: exit code {ended.returncode}: {ended.stderr}")
    if str(state) not in ended.stderr or not any(remedy in ended.stderr for remedy in REMEDIES):
        problems.append(f"start on {name}: the message does not name the directory and what to do: {ended.stderr}")
    return problems
