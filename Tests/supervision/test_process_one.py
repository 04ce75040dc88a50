"""The daemon as process 1 of a container, and without ``/proc``."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from daemon import Daemon, eventually
from private_mounts import private_mounts

NAMESPACE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]
ORPHAN = "(sh -c 'sleep 0.3' &); exec \"$@\""
"""Leaves an orphan that ends while the daemon runs, and one that has ended before."""


def inside(process_id: int) -> int:
    """The child of a process."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return int(children[0]) if children else 0


def states_of_children(process_id: int) -> list[str]:
    """The states of a process's children, e.g. Z for a zombie."""
    found = []
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                found.append(Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0])
            except OSError:
                continue
    return found


def test_orphans_are_reaped(directory: Path) -> None:
    before = [*NAMESPACE, "sh", "-c", "(true &); " + ORPHAN, "sh"]
    with Daemon(directory, before=before) as daemon:
        daemon.wait_until_ready()
        relay = inside(daemon.process_id)
        eventually("no orphan is left", lambda: states_of_children(relay) == [])


def test_process_one_obeys_a_signal(directory: Path) -> None:
    """The kernel sends process 1 only the signals for which it has a handler."""
    with Daemon(directory, before=NAMESPACE) as daemon:
        daemon.wait_until_ready()
        os.kill(inside(daemon.process_id), signal.SIGTERM)
        assert daemon.wait() == 0


def test_without_proc_the_start_fails_with_a_message(directory: Path) -> None:
    mounts = private_mounts()
    assert mounts is not None, "mounts are not allowed here"
    before = [*mounts, "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    with Daemon(directory, before=before) as daemon:
        assert daemon.wait() == 78
        assert "mount /proc" in daemon.text()
