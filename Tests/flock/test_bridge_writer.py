"""The order of lines, and what is dropped or cannot be written."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

from flock.core.artifacts import Artifact
from flock.core.visibility import PrivateVisibility
from flock_relay.internals import everything
from flock_relay.registrations import Registration
from flock_relay.writer import EventWriter

from scripted_relay import RecordingRelay


def artifact(number: int) -> Artifact:
    return Artifact(type="T", payload={"number": number}, produced_by="alpha", correlation_id="w")


def writer_to(path: Path) -> EventWriter:
    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.connect(str(path))
        return connection

    return EventWriter(connect, secrets=(), buffer_bytes=1 << 20, max_workflows=10, unregistered=None)


def test_a_completion_follows_the_artifacts_written_before_it(tmp_path: Path) -> None:
    with RecordingRelay(tmp_path / "events.sock") as relay:
        writer = writer_to(relay.path)

        async def publish() -> None:
            writer.register("w", Registration("http://example.com/"), everything)
            for number in range(3):
                writer.write(artifact(number))
            writer.complete("w", "idle")

        asyncio.run(publish())
        assert writer.flush(20) == 0
        registration, *artifacts, completion = relay.lines()
        assert registration["type"] == "webhook_registered"
        assert [line["payload"]["number"] for line in artifacts] == [0, 1, 2]
        assert completion == {"type": "workflow_completed", "correlation_id": "w", "status": "idle"}
        writer.close()


def test_an_artifact_is_written_as_it_was_before_the_next_task_ran(tmp_path: Path) -> None:
    with RecordingRelay(tmp_path / "events.sock") as relay:
        writer = writer_to(relay.path)

        async def agent(published: Artifact) -> None:
            published.payload["number"] = "changed"
            published.correlation_id, published.type, published.produced_by = "other", "Other", "other"
            published.visibility = PrivateVisibility(agents={"other"})

        async def publish() -> None:
            writer.register("w", Registration("http://example.com/"), everything)
            published = artifact(1)
            writer.write(published)
            await asyncio.create_task(agent(published))

        asyncio.run(publish())
        assert writer.flush(20) == 0
        line = relay.lines()[1]
        assert line["payload"] == {"number": 1}
        assert (line["correlation_id"], line["artifact_type"], line["produced_by"]) == ("w", "T", "alpha")
        assert line["visibility"]["kind"] == "Public"
        writer.close()


def test_the_completion_of_a_workflow_that_lost_an_artifact_is_not_sent(tmp_path: Path) -> None:
    writer = writer_to(tmp_path / "absent.sock")
    writer.register("w", Registration("http://example.com/"), everything)
    for number in range(10):
        writer.write(Artifact(type="T", payload={"x": "x" * 300_000}, produced_by="a", correlation_id="w"))
    writer.complete("w", "idle")
    writer.complete("never registered", "idle")
    counts = writer.counts()
    assert counts["dropped_artifacts"] == 7
    assert counts["dropped_completions"] == 0
    assert counts["incomplete_workflows"] == 2
    writer.close()


def test_an_artifact_that_cannot_be_written_is_counted(tmp_path: Path, caplog) -> None:
    class Unwritable:
        def __str__(self) -> str:
            raise ValueError("secret")

    writer = writer_to(tmp_path / "absent.sock")
    writer.register("w", Registration("http://example.com/"), everything)
    with caplog.at_level(logging.WARNING, "flock_relay"):
        writer.write(Artifact(type="T", payload={"x": Unwritable()}, produced_by="a", correlation_id="w"))
    writer.complete("w", "idle")
    counts = writer.counts()
    assert (counts["unwritable"], counts["incomplete_workflows"], counts["accepted"]) == (1, 1, 1)
    assert "secret" not in caplog.text
    writer.close()
