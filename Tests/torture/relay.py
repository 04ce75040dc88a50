"""The daemon under test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from status import Status

START_TIMEOUT = 30.0
"""Seconds until the daemon must be ready."""


def copy_binary(directory: Path) -> Path:
    """A copy that a rebuild does not change."""
    source = Path(os.environ.get("FLOCK_RELAY", ".build/release/flock-relay"))
    if not source.exists():
        raise SystemExit(f"{source} does not exist: build it (swift build -c release), or set FLOCK_RELAY")
    return Path(shutil.copy2(source, directory / "flock-relay"))


class Relay:
    """``flock-relay serve`` with its sockets in ``directory``; may be killed and started again."""

    def __init__(
        self, binary: Path, directory: Path, state: Path, *options: str,
        networks: tuple[str, ...] = ("127.0.0.0/8",), environment: Mapping[str, str] | None = None,
    ) -> None:
        """``environment``: variables for the daemon in addition to those of this program."""
        self.binary = binary
        self.directory = directory
        self.state = state
        self.socket = directory / "events.sock"
        self.status = Status(directory / "status.sock")
        self.log_path = directory / "relay.log"
        self._options = [*options, *(word for network in networks for word in ("--allow-network", network))]
        self._environment = os.environ | dict(environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.slowest_start = 0.0
        """Seconds from process start to readiness."""

    def command(self, socket: Path, state: Path) -> list[str]:
        places = ["--socket", str(socket), "--status-socket", str(socket.with_name("status-of-" + socket.name))]
        if socket == self.socket:
            places[3] = str(self.directory / "status.sock")
        return [
            str(self.binary), "serve", *places, "--state-dir", str(state), "--log-level", "warning",
            "--log-format", "json", *self._options,
        ]

    def launch(self) -> None:
        """Start the daemon without waiting."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(self.socket, self.state), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self._environment)

    def wait_until_ready(self) -> None:
        """Wait for ``/readyz``; raises ``RuntimeError`` if the daemon ends or does not become ready."""
        begun = time.monotonic()
        while self.status.readiness() != 200:
            if (code := self.ended()) is not None:
                raise RuntimeError(f"the daemon ended with {code} at its start: {self.log_tail()}")
            if time.monotonic() - begun > START_TIMEOUT:
                raise RuntimeError(
                    f"the daemon was not ready after {START_TIMEOUT} s: {self.status.describe()}, {self.log_tail()}")
            time.sleep(0.005)
        self.slowest_start = max(self.slowest_start, time.monotonic() - begun)

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def ended(self) -> int | None:
        """The exit code; None while the daemon runs."""
        return self.process.poll() if self.process else None

    def kill(self) -> None:
        """Send SIGKILL, and wait for the end."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def terminate(self, seconds: float) -> int | None:
        """Send SIGTERM; returns the exit code, or None if the daemon did not end in time and was killed."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def replace_binary(self) -> None:
        """Replace the binary as an installation does: the running daemon keeps the old file open."""
        new = self.binary.with_suffix(".new")
        shutil.copy2(self.binary, new)
        new.replace(self.binary)

    def second(self, socket: Path, state: Path) -> tuple[int | None, str]:
        """Start another daemon; returns its exit code and its output. The code is None if it keeps running."""
        process = subprocess.Popen(
            self.command(socket, state), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, error = process.communicate(timeout=10)
            return process.returncode, error.decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, ""

    def children(self) -> list[int]:
        """Process ids of the daemon's children."""
        if self.process is None:
            return []
        try:
            tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
            return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        except OSError:
            return []

    def resident_bytes(self, key: str = "VmRSS") -> int:
        """Resident memory of the daemon; ``VmHWM`` for its peak."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptor_count(self) -> int:
        """Files and sockets that the daemon has open."""
        assert self.process is not None
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def left_over(self) -> list[int]:
        """Processes of this copy of the binary that still run."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "exe") == str(self.binary):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def log_tail(self) -> str:
        """The last log records, without the frequent ones."""
        usual = ("A line was rejected", "delivery.attempted")
        lines = self.log_path.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if not any(text in line for text in usual)][-10:])


@contextmanager
def temporary_relay(*options: str) -> Iterator[Relay]:
    """A daemon that is ready, in a directory of its own; at the end it gets SIGTERM."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        relay = Relay(copy_binary(directory), directory, directory / "state", *options)
        relay.start()
        try:
            yield relay
        finally:
            relay.terminate(30)
