"""A daemon as a service manager starts it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from status import Status

MAX_WAIT = 15.0
"""Seconds until a condition must be true."""


def eventually(what: str, is_so: Callable[[], object]) -> None:
    """Poll until a condition is true; ``AssertionError`` if it does not become true in time."""
    deadline = time.monotonic() + MAX_WAIT
    while not is_so():
        assert time.monotonic() < deadline, f"not within {MAX_WAIT:.0f} s: {what}"
        time.sleep(0.01)


class NotifySocket:
    """The socket to which a daemon reports its state, as sd_notify(3) describes."""

    def __init__(self, address: str) -> None:
        """``address``: a path, or a name in the abstract namespace with ``@`` before it."""
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.messages: list[tuple[float, str]] = []
        """Monotonic seconds of arrival, and text."""

    def read(self) -> list[str]:
        """All messages so far."""
        while True:
            try:
                self.messages.append((time.monotonic(), self._socket.recv(4096).decode()))
            except BlockingIOError:
                return [text for _, text in self.messages]

    def since_last(self, text: str) -> float:
        """Seconds since this message last arrived; infinite if it never did."""
        self.read()
        return time.monotonic() - max((moment for moment, found in self.messages if found == text), default=float("-inf"))

    def close(self) -> None:
        self._socket.close()


class Daemon:
    """``flock-relay serve`` with its files in a directory; killed at the end of a ``with`` block."""

    def __init__(
        self, directory: Path, *options: str, before: list[str] | None = None,
        environment: Mapping[str, str] | None = None, sockets: Mapping[str, socket.socket] | None = None,
    ) -> None:
        """``before``: a command that runs the rest of its arguments. ``sockets``: passed as a service manager does."""
        self.directory = directory
        self.status = Status(directory / "status.sock")
        self.log = directory / "relay.log"
        command = [
            *(before or []), os.environ["FLOCK_RELAY"], "serve", "--socket", str(directory / "events.sock"),
            "--state-dir", str(directory / "state"), "--allow-network", "127.0.0.0/8", *options]
        variables = os.environ | {"HOME": str(directory)} | dict(environment or {})
        self.process_id = os.fork()
        if self.process_id == 0:
            self._run(command, variables, dict(sockets or {}))

    def _run(self, command: list[str], variables: dict[str, str], sockets: dict[str, socket.socket]) -> None:
        """In the child: become the daemon."""
        try:
            os.setpgid(0, 0)
            log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            # Beyond those that the sockets get.
            kept = [os.dup(os.dup2(each.fileno(), 100 + place)) for place, each in enumerate(sockets.values())]
            for target in (1, 2):
                os.dup2(log, target)
            for place, descriptor in enumerate(kept):
                os.dup2(descriptor, 3 + place, inheritable=True)
            if sockets:
                variables |= {
                    "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(sockets)}
            os.execvpe(command[0], command, variables)
        finally:
            os._exit(127)

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_until_ready(self) -> None:
        eventually(f"the daemon is ready; its log: {self.text()}", lambda: self.is_ready())

    def is_ready(self) -> bool:
        try:
            return self.status.get("/readyz", timeout=5)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def text(self) -> str:
        """The log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def send(self, signal: int) -> None:
        os.kill(self.process_id, signal)

    def wait(self) -> int:
        """The exit code; negative for a signal."""
        deadline = time.monotonic() + MAX_WAIT
        while time.monotonic() < deadline:
            found, status = os.waitpid(self.process_id, os.WNOHANG)
            if found:
                self.process_id = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        raise AssertionError(f"the daemon has not ended within {MAX_WAIT:.0f} s; its log: {self.text()}")

    def kill(self) -> None:
        if self.process_id:
            subprocess.run(["kill", "-KILL", "--", f"-{self.process_id}"], check=False)
            os.waitpid(self.process_id, 0)
            self.process_id = 0
