"""Where the sockets of the relay may be."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOCKET_NAME, STATUS_NAME = "events.sock", "status.sock"
SOCKET_VARIABLE, STATUS_VARIABLE = "FLOCK_RELAY_SOCKET", "FLOCK_RELAY_STATUS_SOCKET"


@dataclass(frozen=True)
class Locations:
    """Where the sockets of the relay may be, best first."""

    events: Sequence[Path]
    status: Sequence[Path]


def locate(
    events: str | os.PathLike[str] | None, status: str | os.PathLike[str] | None, environment: Mapping[str, str]
) -> Locations:
    """``events``, ``status``: paths chosen by the caller. The status socket is beside the event socket by default."""
    found = candidates(events, environment)
    chosen = status or environment.get(STATUS_VARIABLE)
    if chosen:
        return Locations(found, [Path(os.path.expanduser(chosen))])
    return Locations(found, [path.with_name(STATUS_NAME) for path in found])


def candidates(explicit: str | os.PathLike[str] | None, environment: Mapping[str, str]) -> list[Path]:
    """The paths to try, best first.

    An explicit path or ``FLOCK_RELAY_SOCKET`` is the only one; a leading ``~/`` is the home
    directory, as in the relay's own settings. Otherwise the relay's
    own search order; all of them, because RUNTIME_DIRECTORY and XDG_RUNTIME_DIR of
    this process need not be those of the relay.
    """
    chosen = explicit or environment.get(SOCKET_VARIABLE)
    if chosen:
        # Before it becomes a Path, which would make "~/x" of "./~/x".
        return [Path(os.path.expanduser(chosen))]
    paths: list[Path] = []
    if runtime := environment.get("RUNTIME_DIRECTORY"):
        paths.append(Path(runtime.split(":")[0]) / SOCKET_NAME)
    paths.append(Path("/run/flock-relay") / SOCKET_NAME)
    if session := environment.get("XDG_RUNTIME_DIR"):
        paths.append(Path(session) / "flock-relay" / SOCKET_NAME)
    paths.append(Path(f"/tmp/flock-relay-{os.getuid()}") / SOCKET_NAME)
    return paths


def is_trustworthy(path: Path) -> bool:
    """False for a directory under /tmp that another user may have created.

    Registrations contain signing secrets, and every user can create directories in /tmp.
    """
    directory = path.parent
    if directory.parent != Path("/tmp") or not directory.name.startswith("flock-relay-"):
        return True
    try:
        found = os.lstat(directory)
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    return private and found.st_uid == os.getuid()
