"""The clients whose readings are compared with the relay's: curl, Python's http.client, and node's http.

Each posts to every port, and returns what it reads for each: the final status, or an error in words.
"""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Reading = int | str

SECONDS = 3
"""Seconds within which a client must have a final status."""
NODE_SCRIPT = Path(__file__).with_name("node_client.mjs")
BODY = "{}"


def read_with_curl(ports: list[int]) -> list[Reading]:
    requests = "next\n".join(
        f'url = "http://127.0.0.1:{port}/hook"\ndata = "{BODY}"\noutput = "/dev/null"\nmax-time = {SECONDS}\nnoproxy = "*"\n'
        'write-out = "%{http_code} %{exitcode}\\n"\nsilent\n'
        for port in ports)
    output = run(["curl", "--disable", "--config", "-"], requests)
    results = [tuple(map(int, line.split())) for line in output.splitlines()]
    return [status if code == 0 else f"error {code}" for status, code in results]


def read_with_node(ports: list[int]) -> list[Reading]:
    return json.loads(run(["node", str(NODE_SCRIPT), str(SECONDS)], json.dumps(ports)))


def run(command: list[str], text: str) -> str:
    # The exit status of curl is that of its last request.
    return subprocess.run(command, input=text, capture_output=True, text=True).stdout


def read_with_python(ports: list[int]) -> list[Reading]:
    return [python_reading(port) for port in ports]


def python_reading(port: int) -> Reading:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("POST", "/hook", BODY)
        return connection.getresponse().status
    except (http.client.HTTPException, OSError) as error:
        return f"error {type(error).__name__}"
    finally:
        connection.close()


CLIENTS: dict[str, Callable[[list[int]], list[Reading]]] = {
    "curl": read_with_curl, "http.client": read_with_python, "node": read_with_node,
}
