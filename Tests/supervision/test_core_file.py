"""A relay that crashes writes no core file, which would hold secrets and payloads."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Receiver

from backlog import Load, artifact, registration
from relay import Relay, copy_binary

UNLIMITED = ["prlimit", "--core=unlimited"]
"""Runs a program without a limit for core files."""


class CrashingRelay(Relay):
    """A daemon in its own directory, where the kernel would write the core file."""

    def launch(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*UNLIMITED, *self.command(self.socket, self.state)], cwd=self.directory, stderr=log,
                # The handler that prints a backtrace takes a signal of another process for no crash.
                env=os.environ | {"SWIFT_BACKTRACE": "enable=no"})


def wait_for_end(pid: int) -> tuple[int, bool]:
    """The signal that ended a child, and whether the kernel wrote its core, into a file or to a program."""
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status), os.WCOREDUMP(status)


@pytest.mark.parametrize("fatal", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_leaves_no_core_file(directory: Path, receiver: Receiver, fatal: signal.Signals) -> None:
    control = subprocess.Popen([*UNLIMITED, "sleep", "60"], cwd=directory)
    time.sleep(0.2)  # until prlimit has become sleep
    control.send_signal(fatal)
    if wait_for_end(control.pid) != (fatal, True):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("this machine writes no core files")
    for file in directory.glob("core*"):
        file.unlink()

    relay = CrashingRelay(copy_binary(directory), directory, directory / "state")
    relay.start()
    assert relay.process is not None
    load = Load(relay)
    load.write([registration("w", receiver.url), artifact("w", 1)])
    load.wait()
    relay.process.send_signal(fatal)
    ended = wait_for_end(relay.process.pid)
    relay.process.returncode = -ended[0]
    assert ended == (fatal, False)
    assert not list(directory.glob("core*"))
