"""Workflows that a real Foundry host runs reach their webhook, and so does what its stop cancels."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from line_recorder import LineRecorder
from processes import HERE, START_TIMEOUT


@contextmanager
def foundry(directory: Path, recorder: LineRecorder) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running host, and the URL of its responses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(HERE / "foundry.py"), "--bridge", str(recorder.path), "--port", str(port)]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not is_ready(port):
            assert process.poll() is None, (directory / "log").read_text()
            assert time.monotonic() < deadline, (directory / "log").read_text()
            time.sleep(0.05)
        yield process, f"http://127.0.0.1:{port}/responses"
    finally:
        process.kill()
        process.wait()


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readiness").status_code == 200
    except httpx.TransportError:
        return False


def test_a_response_sends_its_outputs_and_its_status_and_a_stop_what_it_cancels(tmp_path: Path) -> None:
    with LineRecorder(tmp_path / "events.sock") as recorder, foundry(tmp_path, recorder) as (process, url):
        answer = httpx.post(url, json={"model": "m", "input": "hello"}, timeout=60).raise_for_status().json()
        recorder.wait_for("workflow_completed", answer["id"])
        registered, draft, completed = recorder.of(answer["id"])
        assert registered["type"] == "webhook_registered"
        assert draft["payload"] == {"text": "draft for hello"}
        assert completed["status"] == "succeeded"

        with suppress(httpx.ReadTimeout):
            httpx.post(url, json={"model": "m", "input": "hang"}, timeout=1)
        hanging = recorder.seen[-1][1]
        assert hanging["type"] == "webhook_registered"
        process.terminate()
        process.wait(timeout=60)
        assert [line.get("status") for line in recorder.of(hanging["correlation_id"])] == [None, "cancelled"]
