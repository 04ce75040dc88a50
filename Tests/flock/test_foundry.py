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
from processes import HERE, START_TIMEOUT
from scripted_relay import RecordingRelay


@contextmanager
def foundry(directory: Path, recorder: RecordingRelay) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
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
    with RecordingRelay(tmp_path / "events.sock") as recorder, foundry(tmp_path, recorder) as (process, url):
        answer = httpx.post(url, json={"model": "m", "input": "hello"}, timeout=60).raise_for_status().json()
        recorder.wait(1, type="workflow_completed", correlation_id=answer["id"])
        registered, draft, completed = recorder.lines(correlation_id=answer["id"])
        assert registered["type"] == "webhook_registered"
        assert draft["payload"] == {"text": "draft for hello"}
        assert completed["status"] == "succeeded"

        with suppress(httpx.ReadTimeout):
            httpx.post(url, json={"model": "m", "input": "hang"}, timeout=1)
        hanging = recorder.lines()[-1]
        assert hanging["type"] == "webhook_registered"
        process.terminate()
        process.wait(timeout=60)
        lines = recorder.lines(correlation_id=hanging["correlation_id"])
        assert [line.get("status") for line in lines] == [None, "cancelled"]
