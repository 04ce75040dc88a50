"""A state directory that nothing can be written to: ``serve`` ends with what is wrong and what to do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from failing_disk import FailingDisk
from private_mounts import with_read_only
from relay import Relay

BAD_CONFIGURATION = 78
PATIENCE = 30.0
"""Seconds until the daemon must have ended."""
REMEDIES = ("choose another", "can be written to")
"""One of these must be in the message, beside the directory."""


def unwritable_starts(binary: Path, directory: Path) -> list[str]:
    """What is wrong with the daemon's end on a read-only file system, and on a disk that takes no write."""
    return read_only_start(binary, directory / "read-only") + failing_start(binary, directory / "broken")


def read_only_start(binary: Path, directory: Path) -> list[str]:
    relay, state = prepare(binary, directory)
    command = with_read_only(state, relay.command(relay.socket, state))
    if command is None:
        print("  start on a read-only directory: not tried, mounts are not allowed here")
        return []
    return judge("a read-only directory", command, state, {})


def failing_start(binary: Path, directory: Path) -> list[str]:
    relay, state = prepare(binary, directory)
    disk = FailingDisk(directory, state)
    disk.fail()
    return judge("a disk with I/O errors", relay.command(relay.socket, state), state, disk.environment)


def prepare(binary: Path, directory: Path) -> tuple[Relay, Path]:
    """The daemon to start, and its empty state directory."""
    state = directory / "state"
    state.mkdir(parents=True, mode=0o700)
    return Relay(binary, directory, state), state


def judge(name: str, command: list[str], state: Path, environment: Mapping[str, str]) -> list[str]:
    """Run the command to its end, and compare that with the contract."""
    try:
        ended = subprocess.run(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return [f"start on {name}: it did not end"]
    print(f"  start on {name}: exit code {ended.returncode}, {ended.stderr.strip()}")
    problems = []
    if ended.returncode != BAD_CONFIGURATION:
        problems.append(f"start on {name}: exit code {ended.returncode}: {ended.stderr}")
    if str(state) not in ended.stderr or not any(remedy in ended.stderr for remedy in REMEDIES):
        problems.append(f"start on {name}: the message does not name the directory and what to do: {ended.stderr}")
    return problems
