"""The line that ends a workflow, on every publish route of real servers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from checks import CORRELATION_HEADER
from flock_relay.idle import RECHECK
from processes import FlockServer
from scripted_relay import RecordingRelay

URL = "https://receiver.example/hook"
BOTH = ["artifact.created", "workflow.completed"]


@dataclass(frozen=True)
class Route:
    """A publish route, and the lines that the bridge of its server writes."""

    server: FlockServer
    path: str
    recorder: RecordingRelay

    def publish(self, kind: str, payload: dict[str, Any], **fields: Any) -> str:
        """Publish with a webhook; the correlation id."""
        answer = self.server.publish(kind, payload, route=self.path, webhook_url=URL, **fields)
        assert answer.status_code == 200, answer.text
        return answer.headers[CORRELATION_HEADER]

    def completions(self, workflow: str) -> list[dict[str, Any]]:
        """The lines so far that end ``workflow``."""
        return self.recorder.lines(type="workflow_completed", correlation_id=workflow)

    def check_completed(self, workflow: str, artifacts: int) -> None:
        """The lines of ``workflow`` are its registration, ``artifacts`` artifacts and its completion."""
        self.recorder.wait(1, type="workflow_completed", correlation_id=workflow)
        time.sleep(0.1)
        lines = self.recorder.lines(correlation_id=workflow)
        assert lines[0]["type"] == "webhook_registered"
        assert all("artifact_id" in line for line in lines[1:-1])
        assert lines[-1] == {"type": "workflow_completed", "correlation_id": workflow, "status": "idle"}
        assert len(lines) == artifacts + 2


@pytest.fixture(params=["components-async", "legacy-async", "legacy-sync"])
def route(request: pytest.FixtureRequest, servers: dict[str, FlockServer], tmp_path: Path) -> Iterator[Route]:
    stack, mode = request.param.split("-")
    with RecordingRelay(tmp_path / "events.sock") as recorder:
        servers[stack].proxy.forward(recorder.path)
        yield Route(servers[stack], "/api/v1/artifacts/sync" if mode == "sync" else "/api/v1/artifacts", recorder)
        servers[stack].proxy.absent()


def test_a_pipeline_is_completed_once_after_its_last_artifact(route: Route) -> None:
    route.check_completed(route.publish("Order", {"sku": "x"}, webhook_events=BOTH), 4)


def test_a_fan_out_is_completed_once_after_its_last_artifact(route: Route) -> None:
    route.check_completed(route.publish("FanRequest", {"count": 200}, webhook_events=BOTH), 201)


def test_a_workflow_whose_agent_raises_is_completed_after_its_error(route: Route) -> None:
    route.check_completed(route.publish("FailRequest", {"message": "broken"}, webhook_events=BOTH), 2)


def test_a_workflow_that_asks_only_for_its_completion_is_completed(route: Route) -> None:
    workflow = route.publish("Note", {"text": "n"}, webhook_events=["workflow.completed"])
    route.recorder.wait(1, type="workflow_completed", correlation_id=workflow)


@pytest.mark.parametrize("fields", [{}, {"webhook_events": ["artifact.created"]}], ids=["by default", "explicitly"])
def test_a_workflow_that_asks_for_its_artifacts_only_is_not_completed(route: Route, fields: dict[str, Any]) -> None:
    workflow = route.publish("Order", {"sku": "x"}, **fields)
    route.check_completed(route.publish("Order", {"sku": "x"}, webhook_events=BOTH), 4)
    assert route.completions(workflow) == []


def test_a_join_of_two_workflows_completes_both_when_its_agent_has_ended(route: Route) -> None:
    key = f"{route.path} {id(route)}"
    left = route.publish("Left", {"key": key}, webhook_events=BOTH)
    time.sleep(2 * RECHECK)
    assert route.completions(left) == []
    right = route.publish("Right", {"key": key}, webhook_events=BOTH)
    for workflow in (left, right):
        route.recorder.wait(1, type="workflow_completed", correlation_id=workflow)
    lines = [line for workflow in (left, right) for line in route.recorder.lines(correlation_id=workflow)]
    assert sorted(line["artifact_type"] for line in lines if "artifact_id" in line) == ["Joined", "Left", "Right"]


@pytest.mark.parametrize("stack", ["components", "legacy"])
def test_a_server_that_stops_completes_what_is_done_and_not_what_it_cuts_off(stack: str, tmp_path: Path) -> None:
    with RecordingRelay(tmp_path / "events.sock") as recorder:
        options = ("--log", str(tmp_path / "log"), "--bridge", str(recorder.path))
        with FlockServer(stack, None, *options, program="random_workflows.py") as server:
            route = Route(server, "/api/v1/artifacts", recorder)
            done = route.publish("Work", {"id": "done"}, webhook_events=BOTH)
            running = route.publish("Work", {"id": "running", "delay": 60}, webhook_events=BOTH)
            waiting = route.publish("Work", {"id": "waiting", "gate_as": 1}, webhook_events=BOTH)
            route.check_completed(done, 2)
            server.terminate()
            server.wait_until_ended()
        for workflow, artifacts in {running: 1, waiting: 2}.items():
            assert len(recorder.lines(correlation_id=workflow)) == artifacts + 1
            assert route.completions(workflow) == []
