"""The recipes of the bridge's README, run as they stand; only addresses are replaced."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import HERE, START_TIMEOUT, RelayProcess
from receiver import Delivery, Receiver

README = HERE.parents[1] / "deploy" / "flock" / "README.md"
RECIPES = re.findall(r"^```(python|sh)\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
SERVERS = [code for language, code in RECIPES if language == "python" and "8344" in code]
SCRIPTS = [code for language, code in RECIPES if language == "python" and "8344" not in code]
REQUESTS = [code for language, code in RECIPES if language == "sh" and "curl" in code]

TYPES = """
from flock.registry import flock_type
from pydantic import BaseModel

@flock_type(name="Order")
class Order(BaseModel):
    sku: str
"""
"""The type that the requests publish; the README leaves types to the reader's own agents."""

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def adapted(code: str, relay: RelayProcess, receiver: Receiver, port: int) -> str:
    """``code`` with the addresses of this test."""
    code = code.replace("/run/flock-relay/events.sock", str(relay.socket)).replace("8344", str(port))
    encoded = receiver.url().replace(":", "%3A").replace("/", "%2F")
    return code.replace("https://example.com/hook", receiver.url()).replace("https%3A%2F%2Fexample.com%2Fhook", encoded)


@contextmanager
def served(code: str, port: int, directory: Path) -> Iterator[None]:
    """Runs a recipe that serves at ``port``."""
    script = directory / "server.py"
    script.write_text(f"import environment\n{TYPES}\n{code}")
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, script], stdout=output, stderr=output, env=ENVIRONMENT)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while "Uvicorn running" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


def shell(code: str) -> str:
    return subprocess.run(["bash", "-ec", code], capture_output=True, text=True, check=True, timeout=60).stdout


def artifacts(deliveries: list[Delivery]) -> list[Delivery]:
    """The deliveries of artifacts, in order of arrival."""
    return [delivery for delivery in deliveries if delivery.fields["event_type"] == "artifact.created"]


@pytest.mark.parametrize("server", SERVERS, ids=[f"server {number}" for number in range(1, len(SERVERS) + 1)])
def test_every_server_of_the_readme_offers_webhooks(
    server: str, relay: RelayProcess, receiver: Receiver, tmp_path: Path
) -> None:
    port = free_port()
    with served(adapted(server, relay, receiver, port), port, tmp_path):
        answer = shell(adapted(REQUESTS[0], relay, receiver, port))
        assert "x-flock-correlation-id" in answer.lower()
        [delivery] = receiver.wait(1)
        assert delivery.is_signed_with("only for this request")


def test_every_request_of_the_readme_gets_its_webhook(relay: RelayProcess, receiver: Receiver, tmp_path: Path) -> None:
    port = free_port()
    with served(adapted(SERVERS[0], relay, receiver, port), port, tmp_path):
        for number, request in enumerate(REQUESTS, start=1):
            output = shell(adapted(request, relay, receiver, port))
            deliveries = receiver.wait_until(lambda found, number=number: len(artifacts(found)) >= number)
            if "webhook-status" in request:
                assert f'"{artifacts(deliveries)[-1].fields["correlation_id"]}"' in output
            if "workflow.completed" in request:
                receiver.wait_until(lambda found: len(artifacts(found)) < len(found))
        delivered = artifacts(receiver.deliveries())
        assert sum(delivery.is_signed_with("change me") for delivery in delivered) == len(REQUESTS) - 1


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"script {number}" for number in range(1, len(SCRIPTS) + 1)])
def test_every_script_of_the_readme_runs(script: str, relay: RelayProcess, receiver: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(f"import environment\n{adapted(script, relay, receiver, 0)}")
    subprocess.run([sys.executable, path], env=ENVIRONMENT, check=True, timeout=START_TIMEOUT)


def test_the_readme_has_recipes_of_each_kind() -> None:
    assert (len(SERVERS) >= 5, len(SCRIPTS) >= 1, len(REQUESTS) >= 4) == (True, True, True)
