"""Webhooks of a real FlockApplication: which lines the bridge writes for ``run()`` and ``stream()``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import environment  # noqa: F401  Before flock.
import pytest
from flock import Flock
from flock.application import (
    FlockApplication,
    InvalidWorkflowInput,
    WorkflowContext,
    WorkflowIdConflict,
    WorkflowResult,
)
from flock.components.agent import EngineComponent
from flock.core.visibility import PrivateVisibility, TenantVisibility
from flock.utils.runtime import EvalResult
from flock_relay import FlockRelay, InvalidWebhook, Webhook

from app import Draft, Note, Order, Review
from scripted_relay import RecordingRelay

URL = "https://receiver.example/hook"
BOTH = ("artifact.created", "workflow.completed")


class Work(EngineComponent):
    """An engine that publishes what ``make(payload)`` returns; ``make`` may be asynchronous."""

    make: Callable[[dict[str, Any]], Any]

    async def evaluate(self, agent, ctx, inputs, output_group):  # noqa: ANN001, ANN201
        output = self.make(inputs.artifacts[0].payload)
        if asyncio.iscoroutine(output):
            output = await output
        return EvalResult.from_objects(output, agent=agent)


def pipeline(make: Callable[[dict[str, Any]], Any] = lambda _: Draft(text="d")) -> Flock:
    """Order, Draft, Review; ``make`` is the work of the first agent."""
    flock = Flock(no_output=True)
    flock.agent("alpha").consumes(Order).publishes(Draft).with_engines(Work(make=make))
    flock.agent("beta").consumes(Draft).publishes(Review).with_engines(Work(make=lambda _: Review(verdict="ok")))
    return flock


def application(factory: Callable[..., Flock] = lambda: pipeline(), **settings: Any) -> FlockApplication:
    settings = {"input_type": Order, "output_types": (Draft, Review), "cancel_grace": 1.0, **settings}
    return FlockApplication(factory, **settings)


def context(workflow: str, **attributes: str) -> WorkflowContext:
    return WorkflowContext(workflow_id=workflow, attributes=attributes)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[RecordingRelay]:
    with RecordingRelay(tmp_path / "events.sock") as running:
        yield running


@pytest.fixture
def bridge(recorder: RecordingRelay) -> Iterator[FlockRelay]:
    relay = FlockRelay(recorder.path)
    yield relay
    relay.close()


def both(_: WorkflowContext) -> Webhook:
    """Asks for both events."""
    return Webhook(URL, secret="s", events=BOTH)


def sent(recorder: RecordingRelay, workflow: str) -> list[str]:
    """The types of the control lines and the artifacts of ``workflow``, in order."""
    return [line.get("type") or line["artifact_type"] for line in recorder.lines(correlation_id=workflow)]


def check_whole(lines: list[dict[str, Any]], result: WorkflowResult) -> None:
    """The lines of one workflow: its registration, what its caller gets in the same order, and its status."""
    assert lines[0]["type"] == "webhook_registered"
    sent = [line["artifact_id"] for line in lines[1:-1]]
    assert sent == [str(event.artifact.id) for event in result.outputs]
    assert lines[-1] == {
        "type": "workflow_completed",
        "correlation_id": result.workflow_id,
        "status": result.status.value,
    }


def test_a_run_sends_what_its_caller_gets_and_its_status(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> WorkflowResult:
        app = application()
        bridge.attach(app, webhook=both)
        async with app:
            return await app.run(Order(sku="x"), context=context("job"))

    result = asyncio.run(scenario())
    lines = recorder.lines(correlation_id="job")
    assert sent(recorder, "job") == ["webhook_registered", "Draft", "Review", "workflow_completed"]
    assert lines[0]["webhook_url"] == URL
    assert lines[0]["webhook_secret"] == "s"
    assert [line["payload"] for line in lines[1:3]] == [{"text": "d"}, {"verdict": "ok"}]
    check_whole(lines, result)
    assert len(recorder.lines()) == len(lines), "nothing of the contract probe"


def test_a_stream_gives_its_caller_every_event(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> tuple[list[str], WorkflowResult]:
        app = application()
        bridge.attach(app, webhook=both)
        async with app, app.stream(Order(sku="x"), context=context("job")) as stream:
            seen = [str(event.artifact.id) async for event in stream]
            return seen, await stream.result()

    seen, result = asyncio.run(scenario())
    check_whole(recorder.lines(correlation_id="job"), result)
    assert seen == [line["artifact_id"] for line in recorder.lines(correlation_id="job")[1:-1]]


def test_the_attributes_of_the_context_name_the_webhook(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> None:
        app = application()
        bridge.attach(app)
        async with app:
            await app.run(Order(sku="x"), context=context("asked", webhook_url=URL, webhook_secret="s"))
            await app.run(Order(sku="x"), context=context("not asked"))

    asyncio.run(scenario())
    assert sent(recorder, "asked") == ["webhook_registered", "Draft", "Review"]
    assert recorder.lines(correlation_id="asked")[0]["webhook_secret"] == "s"
    assert recorder.lines(correlation_id="not asked") == []


def test_the_completion_is_sent_only_if_the_webhook_asks_for_it(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> None:
        app = application()
        bridge.attach(app, webhook=lambda _: Webhook(URL, events=["artifact.created"]))
        async with app:
            await app.run(Order(sku="x"), context=context("job"))

    asyncio.run(scenario())
    assert sent(recorder, "job") == ["webhook_registered", "Draft", "Review"]


def test_every_field_of_a_webhook_is_registered(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    webhook = Webhook(
        URL,
        secret=["new", "old"],
        events=BOTH,
        types=["Review"],
        producers=["beta"],
        ordering="ordered",
        max_retries=5,
    )

    async def scenario() -> None:
        app = application()
        bridge.attach(app, webhook=lambda _: webhook)
        async with app:
            await app.run(Order(sku="x"), context=context("job"))

    asyncio.run(scenario())
    assert recorder.lines(correlation_id="job")[0] == {
        "type": "webhook_registered",
        "correlation_id": "job",
        "webhook_url": URL,
        "webhook_secret": ["new", "old"],
        "ordering": "ordered",
        "max_retries": 5,
        "events": list(BOTH),
        "types": ["Review"],
        "producers": ["beta"],
    }


def test_only_what_the_default_access_policy_exposes_is_sent(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    def factory() -> Flock:
        flock = Flock(no_output=True)
        for name, visibility in {
            "public": None,
            "private": PrivateVisibility(agents={"someone"}),
            "own": TenantVisibility(tenant_id="tenant"),
            "foreign": TenantVisibility(tenant_id="other"),
        }.items():
            agent = flock.agent(name).consumes(Order)
            agent = agent.publishes(Note) if visibility is None else agent.publishes(Note, visibility=visibility)
            agent.with_engines(Work(make=lambda _, name=name: Note(text=name)))
        return flock

    async def scenario() -> WorkflowResult:
        app = application(factory, output_types=(Note,))
        bridge.attach(app, webhook=both)
        async with app:
            caller = WorkflowContext(workflow_id="job", principal_id="tenant")
            return await app.run(Order(sku="x"), context=caller)

    result = asyncio.run(scenario())
    lines = recorder.lines(correlation_id="job")
    assert sorted(line["payload"]["text"] for line in lines[1:-1]) == ["own", "public"]
    check_whole(lines, result)
    assert bridge.counts()["withheld"] == 2


def test_the_access_policy_of_an_application_is_called_once_for_each_output(
    bridge: FlockRelay, recorder: RecordingRelay
) -> None:
    called: list[str] = []

    def policy(artifact: Any, _: WorkflowContext) -> bool:
        called.append(artifact.type)
        return artifact.type == "Review"

    async def scenario() -> WorkflowResult:
        app = application(access_policy=policy)
        bridge.attach(app, webhook=both)
        async with app:
            return await app.run(Order(sku="x"), context=context("job"))

    result = asyncio.run(scenario())
    assert called == ["Draft", "Review"]
    assert sent(recorder, "job") == ["webhook_registered", "Review", "workflow_completed"]
    check_whole(recorder.lines(correlation_id="job"), result)
    assert bridge.counts()["withheld"] == 1


def fail(_: dict[str, Any]) -> Draft:
    raise RuntimeError("broken")


async def never(_: dict[str, Any]) -> Draft:
    await asyncio.sleep(60)
    raise AssertionError


def broken_factory(given: WorkflowContext) -> Flock:
    if given.workflow_id == "job":
        raise OSError("no credentials")
    return pipeline()


@pytest.mark.parametrize(
    ("factory", "timeout", "status"),
    [
        (lambda: pipeline(fail), None, "failed"),
        (lambda: pipeline(never), 0.2, "timed_out"),
        (broken_factory, None, "failed"),
    ],
    ids=["an agent raises", "the deadline is over", "the factory raises"],
)
def test_the_completion_has_the_status_of_the_result(
    bridge: FlockRelay, recorder: RecordingRelay, factory: Callable[..., Flock], timeout: float | None, status: str
) -> None:
    async def scenario() -> WorkflowResult:
        app = application(factory)
        bridge.attach(app, webhook=both)
        async with app:
            return await app.run(Order(sku="x"), context=context("job"), timeout=timeout)

    result = asyncio.run(scenario())
    assert result.status.value == status
    assert sent(recorder, "job") == ["webhook_registered", "workflow_completed"], "no WorkflowError, no input"
    check_whole(recorder.lines(correlation_id="job"), result)


def test_a_caller_who_leaves_the_stream_cancels_the_workflow(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> None:
        app = application(lambda: pipeline(never))
        bridge.attach(app, webhook=both)
        async with app, app.stream(Order(sku="x"), context=context("job")):
            await asyncio.sleep(0.05)

    asyncio.run(scenario())
    assert recorder.lines(correlation_id="job")[-1]["status"] == "cancelled"


def test_a_shutdown_sends_the_end_of_what_it_cancels(tmp_path: Path) -> None:
    """The relay acknowledges slowly: only a flush at the shutdown waits for it."""
    with RecordingRelay(tmp_path / "events.sock", delay=0.1) as recorder:
        bridge = FlockRelay(recorder.path)

        async def scenario() -> None:
            app = application(lambda: pipeline(never))
            bridge.attach(app, webhook=both)
            await app.start()
            running = [
                asyncio.create_task(app.run(Order(sku="x"), context=context(f"job {number}"))) for number in range(3)
            ]
            await asyncio.sleep(0.05)
            await app.shutdown()
            assert bridge.counts()["pending"] == 0
            assert {(await each).status.value for each in running} == {"cancelled"}

        asyncio.run(scenario())
        for number in range(3):
            assert recorder.lines(correlation_id=f"job {number}")[-1]["status"] == "cancelled"
        bridge.close()


def test_a_workflow_whose_task_is_cancelled_directly_is_cancelled(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> None:
        app = application(lambda: pipeline(never))
        bridge.attach(app, webhook=both)
        await app.start()
        for name, delay in {"at once": 0.0, "later": 0.05}.items():
            running = asyncio.create_task(app.run(Order(sku="x"), context=context(name)))
            await asyncio.sleep(0)
            await asyncio.sleep(delay)
            driver = app._active[name].driver
            assert driver is not None
            driver.cancel()
            await asyncio.wait([running])
        await asyncio.to_thread(bridge.flush)

    asyncio.run(scenario())
    for name in ("at once", "later"):
        assert [line["status"] for line in recorder.lines(correlation_id=name) if "status" in line] == ["cancelled"]


def test_an_artifact_after_the_end_is_not_sent(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    flocks: list[Flock] = []

    def factory() -> Flock:
        flocks.append(pipeline())
        return flocks[-1]

    async def scenario() -> WorkflowResult:
        app = application(factory)
        bridge.attach(app, webhook=both)
        async with app:
            result = await app.run(Order(sku="x"), context=context("job"))
            await flocks[-1].publish(Draft(text="late"))
            return result

    result = asyncio.run(scenario())
    check_whole(recorder.lines(correlation_id="job"), result)


def test_an_id_that_was_used_before_sends_nothing(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> None:
        app = application()
        bridge.attach(app, webhook=both)
        async with app:
            await app.run(Order(sku="x"), context=context("job"))
            with pytest.raises(WorkflowIdConflict):
                await app.run(Order(sku="y"), context=context("job"))

    asyncio.run(scenario())
    assert len(recorder.lines(correlation_id="job")) == 4


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"webhook_url": "ftp://receiver.example"}, "url: URL scheme should be 'http' or 'https'"),
        ({"webhook_url": URL, "webhook_secret": ""}, "secret.0: a signing secret must have 1 to 1024 bytes, not 0"),
        ({"webhook_secret": "s"}, "attributes['webhook_secret'] without attributes['webhook_url']: set both"),
    ],
)
def test_a_workflow_with_an_invalid_webhook_is_rejected(
    bridge: FlockRelay, recorder: RecordingRelay, attributes: dict[str, str], message: str
) -> None:
    async def scenario() -> None:
        app = application()
        bridge.attach(app)
        async with app:
            with pytest.raises(InvalidWorkflowInput) as raised:
                await app.run(Order(sku="x"), context=context("job", **attributes))
            assert str(raised.value) == f"Invalid webhook: {message}"
            assert app.active_workflows == 0
            await app.run(Order(sku="x"), context=context("job", webhook_url=URL))

    asyncio.run(scenario())
    assert len(recorder.lines(correlation_id="job")) == 3


def test_a_workflow_id_that_the_relay_would_reject_is_rejected(bridge: FlockRelay) -> None:
    async def scenario() -> None:
        app = application()
        bridge.attach(app, webhook=both)
        async with app:
            with pytest.raises(InvalidWorkflowInput, match="has 257 bytes in UTF-8"):
                await app.run(Order(sku="x"), context=context("x" * 255 + "ü"))

    asyncio.run(scenario())


def test_a_wrong_return_value_of_the_webhook_function_is_an_error(bridge: FlockRelay) -> None:
    async def scenario() -> None:
        app = application()
        bridge.attach(app, webhook=lambda _: URL)  # type: ignore[arg-type, return-value]
        async with app:
            with pytest.raises(TypeError, match="must return a flock_relay.Webhook or None, not str"):
                await app.run(Order(sku="x"), context=context("job"))

    asyncio.run(scenario())


def test_an_invalid_webhook_says_what_is_wrong_without_repeating_it() -> None:
    with pytest.raises(InvalidWebhook) as raised:
        Webhook("no url", secret="whsec_?", events=["artifact.deleted"], max_retries=101)  # type: ignore[list-item]
    message = str(raised.value)
    for field in ("url:", "secret.0:", "events.0:", "max_retries:"):
        assert field in message
    assert "no url" not in message
    assert "whsec_?" not in message


def test_workflows_at_once_do_not_mix(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def work(payload: dict[str, Any]) -> Draft:
        await asyncio.sleep(0.001 * (int(payload["sku"]) % 7))
        return Draft(text=payload["sku"])

    async def scenario() -> list[WorkflowResult]:
        app = application(lambda: pipeline(work))
        bridge.attach(app, webhook=lambda given: Webhook(f"{URL}/{given.workflow_id}", events=BOTH))
        async with app:
            runs = [app.run(Order(sku=str(number)), context=context(f"job-{number}")) for number in range(50)]
            return await asyncio.gather(*runs)

    for number, result in enumerate(asyncio.run(scenario())):
        lines = recorder.lines(correlation_id=f"job-{number}")
        assert lines[0]["webhook_url"] == f"{URL}/job-{number}"
        assert lines[1]["payload"] == {"text": str(number)}
        check_whole(lines, result)


def test_a_relay_that_is_absent_neither_delays_nor_fails_a_run(tmp_path: Path) -> None:
    bridge = FlockRelay(tmp_path / "none.sock", flush_timeout=0.1)

    async def scenario() -> float:
        app = application()
        bridge.attach(app, webhook=both)
        async with app:
            await app.run(Order(sku="warm"), context=context("first"))
            begun = time.monotonic()
            result = await app.run(Order(sku="x"), context=context("second"))
            assert result.ok
            return time.monotonic() - begun

    assert asyncio.run(scenario()) < 1
    assert bridge.counts()["pending"] == 8
    bridge.close()


def test_an_application_is_attached_once(bridge: FlockRelay) -> None:
    app = application()
    bridge.attach(app)
    with pytest.raises(ValueError, match="already attached"):
        bridge.attach(app)


def test_a_server_takes_no_webhook_function(bridge: FlockRelay) -> None:
    with pytest.raises(TypeError, match="is for a FlockApplication"):
        bridge.attach(Flock(no_output=True), webhook=both)


def test_an_artifact_of_another_type_is_neither_sent_nor_counted(bridge: FlockRelay, recorder: RecordingRelay) -> None:
    async def scenario() -> None:
        app = application(output_types=(Review,))
        bridge.attach(app, webhook=both)
        async with app:
            await app.run(Order(sku="x"), context=context("job"))

    asyncio.run(scenario())
    assert sent(recorder, "job") == ["webhook_registered", "Review", "workflow_completed"]
    assert bridge.counts()["withheld"] == 0


def test_a_program_that_ends_without_a_shutdown_waits_for_the_relay(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_application import *
app = application()
FlockRelay({str(tmp_path / "events.sock")!r}).attach(app, webhook=both)
asyncio.run(app.run(Order(sku="x"), context=context("job")))
print("ended", flush=True)
"""
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"ended\n"
    with RecordingRelay(tmp_path / "events.sock") as recorder:
        assert running.wait(timeout=30) == 0
        assert sent(recorder, "job") == ["webhook_registered", "Draft", "Review", "workflow_completed"]
