"""Private mounts, which other processes do not see and which end with the process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSIDE = "TORTURE_HAS_PRIVATE_MOUNTS"


def enter_private_mounts() -> None:
    """Restart this program in its own mount namespace, or end with a message about what is missing."""
    if os.environ.get(INSIDE):
        return
    if (unshare := private_mounts()) is not None:
        command = [*unshare, sys.executable, *sys.argv]
        os.execvpe(command[0], command, os.environ | {INSIDE: "1"})
    sys.exit(
        "--small-disk mounts a tmpfs and is not allowed to: run it as root, "
        "in a container with --cap-add SYS_ADMIN")


def private_mounts() -> list[str] | None:
    """The command prefix for a private mount namespace; None if that is not allowed here."""
    for unshare in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        if shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True).returncode == 0:
            return [*unshare, "--propagation", "private"]
    return None


def with_read_only(directory: Path, command: list[str]) -> list[str] | None:
    """A command that runs ``command`` with ``directory`` mounted read-only; None if that is not allowed here."""
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    unshare = private_mounts()
    return None if unshare is None else [*unshare, "sh", "-c", script, str(directory), *command]


def mount(path: Path, size: str) -> None:
    """Mount a tmpfs of ``size`` at ``path``."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(path)], check=True)


def unmount(path: Path) -> None:
    subprocess.run(["umount", "--lazy", str(path)], check=False)


class Ballast:
    """A file that fills all remaining space."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self) -> None:
        with self._path.open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
