"""Checks that acknowledged artifacts are in the file: kills the daemon right after an acknowledgement, then opens the file.

    FLOCK_RELAY=…/flock-relay python3 Tests/torture/promise.py [--repetitions 100] [--seed 1]

The file is a copy of what the killed daemon left, opened with the sqlite3 command-line tool (package sqlite3).
All repetitions use the same state directory. Exit status 1 if anything acknowledged is missing.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from author import Author, Item
from behaviour import HEALTHY, flaky
from oracle import Oracle
from receiver import Receiver
from relay import Relay, copy_binary
from rounds import RELAY_OPTIONS
from workload import Artifact

ACCEPTED = """
    SELECT hex(workflows.correlation_id), hex(accepted.artifact_id)
    FROM accepted JOIN workflows ON workflows.key = accepted.workflow;
"""
CHECKS = "PRAGMA integrity_check; PRAGMA foreign_key_check;"


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    if shutil.which("sqlite3") is None:
        sys.exit("the sqlite3 command-line tool is missing: apt-get install sqlite3")
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        return run(Path(name), options.repetitions, options.seed)


def run(directory: Path, repetitions: int, seed: str) -> int:
    """Run all repetitions; returns the exit status."""
    chance = random.Random(f"{seed} promise")
    oracle = Oracle()
    receiver = Receiver(oracle, lambda *request: HEALTHY if chance.random() < 0.5 else flaky(seed, *request))
    author = Author(0, seed, oracle, [receiver.port], [], late=False)
    relay = Relay(copy_binary(directory), directory, directory / "state", *RELAY_OPTIONS)
    begun, outstanding, problems = time.monotonic(), [], []
    try:
        for repetition in range(1, repetitions + 1):
            relay.start()
            outstanding = write_until_killed(relay, author, outstanding, chance)
            missing, found = compare(relay.state, directory / "copy", oracle.artifacts)
            problems += [f"repetition {repetition}: {each}" for each in [*missing, *found]]
    finally:
        relay.kill()
    acknowledged = sum(artifact.acknowledged for artifact in oracle.artifacts)
    print(f"repetitions {repetitions}, acknowledged artifacts {acknowledged}, problems {len(problems)}, "
          f"seconds {time.monotonic() - begun:.0f}, seed {seed}")
    for problem in [*problems, *oracle.violations][:20]:
        print(f"- {problem}", file=sys.stderr)
    return 1 if problems or oracle.violations else 0


def write_until_killed(relay: Relay, author: Author, outstanding: list[Item], chance: random.Random) -> list[Item]:
    """Write, kill the daemon right after one of the acknowledgements, and return what was not acknowledged."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(relay.socket))
    connection.settimeout(10)
    connection.sendall(b'{"type":"hello","acks":true,"grace":false}\n')
    replies = connection.makefile("rb")
    written = 1
    fatal = chance.randrange(1, 40)
    unsent, sent = list(outstanding), []
    for count in range(1, 1_000_000):
        while len(unsent) < chance.choice([1, 3, 30]):
            unsent += author.next_items()
        connection.sendall(b"".join(item.line + b"\n" for item in unsent))
        written += len(unsent)
        sent += unsent
        unsent = []
        number = read_ack(replies)
        if count >= fatal and relay.process is not None:
            relay.process.kill()
        for item in sent[: number - (written - len(sent))]:
            if item.artifact is not None:
                item.artifact.acknowledged = True
        del sent[: number - (written - len(sent))]
        if count >= fatal:
            break
    relay.kill()
    connection.close()
    return sent


def read_ack(replies) -> int:
    """The next acknowledgement; rejections are skipped."""
    while True:
        if isinstance(number := json.loads(replies.readline()).get("ack"), int):
            return number


def compare(state: Path, copy: Path, artifacts: list[Artifact]) -> tuple[list[str], list[str]]:
    """Acknowledged artifacts that are missing in the file, and errors that the tool finds in it."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("*-shm", "lock"))
    database = str(copy / "outbox.sqlite")
    rows = subprocess.run(["sqlite3", database, ACCEPTED], capture_output=True, text=True, check=True).stdout.split()
    columns = (map(bytes.fromhex, row.split("|")) for row in rows)
    known = {(correlation_id.decode(), artifact_id(column)) for correlation_id, column in columns}
    missing = [
        f"LOST: {artifact} was acknowledged and is not in the file"
        for artifact in artifacts
        if artifact.acknowledged and (artifact.workflow.correlation_id, artifact.artifact_id) not in known
    ]
    checks = subprocess.run(["sqlite3", database, CHECKS], capture_output=True, text=True, check=True).stdout
    return missing, [] if checks.strip() == "ok" else [checks.strip()]


def artifact_id(column: bytes) -> str:
    """A UUID is stored in 16 bytes; every other id follows one or two bytes FF."""
    return str(uuid.UUID(bytes=column)) if len(column) == 16 else column.lstrip(b"\xff").decode()


if __name__ == "__main__":
    sys.exit(main())
