"""Real processes under test: a sample receiver, and the relay."""

import http.client
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sample_document as document

MAX_WAIT = 30  # seconds until a missing event is a failure

# For the JavaScript sample by the library: npm install --prefix .venv standardwebhooks
NODE_MODULES = Path(__file__).resolve().parents[2] / ".venv" / "node_modules"


def needed(program: str, what: str) -> str:
    """The path of a required program. If it is missing, the test is skipped locally and fails in CI."""
    found = shutil.which(program)
    if found is None:
        missing(f"{what}: {program} is not installed")
    return found


def missing(reason: str) -> None:
    """Skips the test locally, and fails it in CI."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


class Process:
    """A child whose lines on standard output can be waited for."""

    def __init__(self, command: list[str], environment: dict[str, str], directory: Path) -> None:
        self.errors = directory / "stderr"
        with self.errors.open("ab") as errors:
            self.child = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                cwd=directory,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self) -> str:
        """The next line; fails with the child's error output if there is none."""
        try:
            line = self.lines.get(timeout=MAX_WAIT)
        except queue.Empty:
            line = None
        assert line is not None, f"no line from {self.child.args}: {self.errors.read_text()}"
        return line

    def stop(self) -> None:
        self.child.terminate()
        try:
            self.child.wait(timeout=MAX_WAIT)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.reader.join()
        self.child.stdout.close()


class Receiver(Process):
    """A sample of the document, running as a server."""

    def __init__(self, language: str, scheme: str, directory: Path, keys: dict[str, str]) -> None:
        command = self.build(language, document.sample(language, scheme), directory)
        super().__init__(command, {"PORT": "0", "INBOX": str(directory / "inbox.db"), **keys}, directory)
        self.url = self.line().removeprefix("listening on ")
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    @staticmethod
    def build(language: str, source: str, directory: Path) -> list[str]:
        if language == "python":
            (directory / "receiver.py").write_text(source)
            return [sys.executable, "receiver.py"]
        if language == "javascript":
            (directory / "receiver.mjs").write_text(source)
            if "standardwebhooks" in source:
                (directory / "node_modules").symlink_to(NODE_MODULES)
            return [needed("node", "the JavaScript sample"), "receiver.mjs"]
        (directory / "main.go").write_text(source)
        subprocess.run(["go", "build", "-o", "receiver", "main.go"], cwd=directory, check=True)
        return [str(directory / "receiver")]

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer to one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MAX_WAIT)
        try:
            connection.request("POST", "/flock", body=body, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()


class Relay(Process):
    """`flock-relay serve`, with all of its files in one directory."""

    def __init__(self, binary: str, directory: Path, *options: str) -> None:
        self.binary, self.directory = binary, directory
        self.sockets = ["--socket", str(directory / "events.sock")]
        status = directory / "status.sock"
        super().__init__(
            [binary, "serve", *self.sockets, "--status-socket", str(status), "--ephemeral",
             "--state-dir", str(directory / "state"), "--allow-network", "127.0.0.0/8", *options],
            {},
            directory,
        )
        deadline = time.monotonic() + MAX_WAIT
        while not self.ready(status):
            ended = self.child.poll() is not None or time.monotonic() > deadline
            if ended:
                self.stop()
            assert not ended, f"the relay did not become ready: {self.errors.read_text()}"
            time.sleep(0.05)

    @staticmethod
    def ready(path: Path) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(MAX_WAIT)
                connection.connect(str(path))
                connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n")
                return connection.makefile("rb").readline().split()[1:2] == [b"200"]
        except OSError:
            return False

    def send(self, lines: list[str]) -> None:
        """Sends lines with `flock-relay send`, which ends when all are acknowledged."""
        done = subprocess.run(
            [self.binary, "send", *self.sockets],
            input="".join(line + "\n" for line in lines),
            capture_output=True,
            encoding="utf-8",
            timeout=MAX_WAIT,
            cwd=self.directory,
        )
        assert done.returncode == 0, f"send ended with {done.returncode}: {done.stderr}{self.errors.read_text()}"
