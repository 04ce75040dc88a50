"""The relay that one writes by hand in an afternoon: asyncio, aiohttp, and SQLite or nothing.

    handwritten_relay.py --socket PATH [--database PATH] [--in-flight 64] [--ca-file PEM]

Reads the event lines of docs/protocol.md that register and publish, and acknowledges them. Numbers, signs, delivers and
retries after 1, 2 and 4 seconds. With a database, lines are acknowledged after the commit, and what is pending is sent
after a restart. There is no filter of addresses, no isolation of receivers, no history, no limit of the queue.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import queue
import sqlite3
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import aiohttp
import uvloop

BATCH = 64
"""Lines of a commit."""
MAX_FINISH_DELAY = 0.01
"""Seconds for which deliveries that are over wait for others, to be removed in one transaction."""
WAITS = (1, 2, 4)
"""Seconds before the retries."""
TIMEOUT = 10
"""Seconds of an attempt."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS registration (workflow TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS artifact (
    workflow TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (workflow, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (
    number INTEGER PRIMARY KEY, workflow TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL, url TEXT NOT NULL,
    secret TEXT NOT NULL, body BLOB NOT NULL
);
"""


class Delivery(NamedTuple):
    number: int
    """Of the pending row."""
    workflow: str
    id: str
    sequence: int
    url: str
    secret: str
    body: bytes


@dataclass
class Changes:
    """What is written in one transaction."""

    registered: list[tuple[str, str, str]] = field(default_factory=list)
    accepted: list[Delivery] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    """Numbers of deliveries that are over."""
    committed: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self.registered) + len(self.accepted) + len(self.finished)


class Store:
    """SQLite on a thread of its own; without a path, nothing is stored."""

    def __init__(self, path: Path | None, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: queue.SimpleQueue[Changes] = queue.SimpleQueue()
        self.registrations: dict[str, tuple[str, str]] = {}
        self.seen: dict[str, set[str]] = {}
        """The artifacts of each workflow; their number is the last sequence number."""
        self.pending: list[Delivery] = []
        self.next = 1
        self.is_durable = path is not None
        if path is not None:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + SCHEMA)
            self._load()
            threading.Thread(target=self._run, daemon=True).start()

    def _load(self) -> None:
        for workflow, url, secret in self._database.execute("SELECT * FROM registration"):
            self.registrations[workflow] = (url, secret)
        for workflow, identity in self._database.execute("SELECT workflow, id FROM artifact"):
            self.seen.setdefault(workflow, set()).add(identity)
        self.pending = [Delivery(*row) for row in self._database.execute("SELECT * FROM pending")]
        self.next = 1 + max((delivery.number for delivery in self.pending), default=0)

    def commit(self, changes: Changes) -> None:
        """Store the changes, then call back; changes that wait at the same time may share a transaction."""
        if self.is_durable:
            self._jobs.put(changes)
        else:
            changes.committed()

    def _run(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while sum(map(len, jobs)) < BATCH:
                try:
                    jobs.append(self._jobs.get_nowait())
                except queue.Empty:
                    break
            self._write(jobs)
            self._loop.call_soon_threadsafe(lambda over: [job.committed() for job in over], jobs)

    def _write(self, jobs: list[Changes]) -> None:
        # One statement for all rows: each call of sqlite3 gives the interpreter's lock to the event loop's thread.
        execute = self._database.execute
        execute("BEGIN")
        for job in jobs:
            if job.registered:
                self._database.executemany("INSERT OR REPLACE INTO registration VALUES (?, ?, ?)", job.registered)
        if accepted := [delivery for job in jobs for delivery in job.accepted]:
            identities = [value for delivery in accepted for value in (delivery.workflow, delivery.id)]
            execute("INSERT INTO artifact VALUES " + ",".join(["(?,?)"] * len(accepted)), identities)
            execute("INSERT INTO pending VALUES " + ",".join(["(?,?,?,?,?,?,?)"] * len(accepted)), [*chain(*accepted)])
        if finished := [number for job in jobs for number in job.finished]:
            execute(f"DELETE FROM pending WHERE number IN ({','.join('?' * len(finished))})", finished)
        execute("COMMIT")


class Sender:
    """Sends deliveries with a number of workers."""

    def __init__(self, store: Store, in_flight: int, authority: str | None) -> None:
        self._store = store
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        context = ssl.create_default_context(cafile=authority) if authority else None
        connector = aiohttp.TCPConnector(limit=in_flight, ssl=context or True)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=TIMEOUT), cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"))
        self._workers = [asyncio.create_task(self._work()) for _ in range(in_flight)]
        self._finished: list[int] = []
        self._retries: set[asyncio.Task[None]] = set()

    def send(self, delivery: Delivery) -> None:
        self._queue.put_nowait(delivery)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            if await self._attempt(delivery, 1):
                self._finish(delivery)
            else:
                retries = asyncio.create_task(self._retry(delivery))
                self._retries.add(retries)
                retries.add_done_callback(self._retries.discard)

    async def _retry(self, delivery: Delivery) -> None:
        for number, wait in enumerate(WAITS, start=2):
            await asyncio.sleep(wait)
            if await self._attempt(delivery, number):
                break
        self._finish(delivery)

    async def _attempt(self, delivery: Delivery, number: int) -> bool:
        signature = hmac.digest(delivery.secret.encode(), delivery.body, "sha256").hex()
        headers = {
            "Content-Type": "application/json", "X-Flock-Signature": f"sha256={signature}",
            "X-Flock-Correlation-Id": delivery.workflow, "X-Flock-Sequence": str(delivery.sequence),
            "X-Flock-Artifact-Id": delivery.id, "X-Flock-Attempt": str(number),
        }
        try:
            async with self._session.post(delivery.url, data=delivery.body, headers=headers, allow_redirects=False) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _finish(self, delivery: Delivery) -> None:
        self._finished.append(delivery.number)
        if len(self._finished) == BATCH:
            self._flush()
        elif len(self._finished) == 1:
            asyncio.get_running_loop().call_later(MAX_FINISH_DELAY, self._flush)

    def _flush(self) -> None:
        if self._finished:
            finished, self._finished = self._finished, []
            self._store.commit(Changes(finished=finished))


class Writer(asyncio.Protocol):
    """One connection of the event socket."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self._store, self._sender = store, sender
        self._rest = b""
        self._lines = 0
        self._acknowledges = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        # At most as many lines as one commit has, so that each commit is acknowledged.
        for first in range(0, len(lines), BATCH):
            part = lines[first : first + BATCH]
            self._lines += len(part)
            changes = Changes()
            for line in part:
                self._read(line, changes)
            changes.committed = partial(self._committed, self._lines, changes.accepted)
            self._store.commit(changes)

    def _read(self, line: bytes, changes: Changes) -> None:
        event = json.loads(line)
        kind = event.get("type")
        if kind == "hello":
            self._acknowledges = bool(event.get("acks"))
        elif kind == "webhook_registered":
            workflow = event["correlation_id"]
            registration = event["webhook_url"], event.get("webhook_secret") or ""
            self._store.registrations[workflow] = registration
            changes.registered.append((workflow, *registration))
        elif "payload" in event and "artifact_id" in event:
            self._accept(event, changes)

    def _accept(self, event: dict, changes: Changes) -> None:
        workflow, identity = event["correlation_id"], event["artifact_id"]
        registration = self._store.registrations.get(workflow)
        if registration is None:
            return
        seen = self._store.seen.setdefault(workflow, set())
        if identity in seen:
            return
        seen.add(identity)
        body = json.dumps({
            "event_type": "artifact.created", "artifact_id": identity, "type": event["artifact_type"],
            "produced_by": event["produced_by"], "correlation_id": workflow, "sequence": len(seen),
            "payload": event["payload"], "created_at": event.get("created_at", event["timestamp"]),
            "tags": event.get("tags", []), "timestamp": event["timestamp"],
        }, separators=(",", ":"), ensure_ascii=False).encode()
        changes.accepted.append(Delivery(self._store.next, workflow, identity, len(seen), *registration, body))
        self._store.next += 1

    def _committed(self, count: int, deliveries: list[Delivery]) -> None:
        if self._acknowledges and not self._transport.is_closing():
            self._transport.write(b'{"ack":%d}\n' % count)
        for delivery in deliveries:
            self._sender.send(delivery)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--ca-file")
    options = parser.parse_args()
    loop = asyncio.get_running_loop()
    store = Store(options.database, loop)
    sender = Sender(store, options.in_flight, options.ca_file)
    for delivery in store.pending:
        sender.send(delivery)
    server = await loop.create_unix_server(lambda: Writer(store, sender), options.socket)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # Else a thread that wants the interpreter's lock waits 5 ms for it while the other one is busy.
    sys.setswitchinterval(0.0005)
    uvloop.run(main())
