"""Which artifacts belong to a request, and which workflows are remembered."""

from __future__ import annotations

from flock import Flock
from flock.core.artifacts import Artifact
from flock.models.system_artifacts import TimerTick
from flock.registry import flock_type, type_registry
from flock_relay.internals import everything
from flock_relay.publish_request import PublishRequest
from flock_relay.registrations import Registration
from flock_relay.workflows import Workflows
from pydantic import BaseModel

FLOCK = Flock(no_output=True)
REGISTRATION = Registration("http://example.com/")


def request(artifact_type: str | None) -> PublishRequest:
    return PublishRequest(FLOCK, REGISTRATION, artifact_type, lambda scope: everything, {})


@flock_type(name="bridge-tests.Parcel")
class Parcel(BaseModel):
    """A type whose registered name differs from its class name."""


def artifact(
    kind: str = "bridge-tests.Parcel", produced_by: str = "external", workflow: str | None = "w"
) -> Artifact:
    return Artifact(type=kind, payload={}, produced_by=produced_by, correlation_id=workflow)


def test_a_request_claims_the_artifact_it_publishes_and_no_other() -> None:
    publish = request("Parcel")
    assert publish.claims(FLOCK, artifact())
    assert publish.correlation_id == "w"
    assert not publish.claims(FLOCK, artifact(workflow="w"))
    assert not publish.claims(FLOCK, artifact(workflow="another"))
    assert publish.correlation_id == "w"


def test_a_request_claims_no_agents_artifact() -> None:
    assert not request("Parcel").claims(FLOCK, artifact(produced_by="alpha"))


def test_a_request_claims_no_timers_artifact() -> None:
    tick = type_registry.name_for(TimerTick)
    assert not request(None).claims(FLOCK, artifact(tick))
    assert not request("TimerTick").claims(FLOCK, artifact(tick))


def test_a_request_claims_no_artifact_of_another_type() -> None:
    """A component that publishes during its initialisation does so in the context of the first request."""
    assert not request("Parcel").claims(FLOCK, artifact("Order"))
    assert not request("no such type").claims(FLOCK, artifact())
    assert request("bridge-tests.Parcel").claims(FLOCK, artifact())


def test_a_request_that_has_ended_claims_nothing() -> None:
    publish = request("Parcel")
    publish.end()
    assert not publish.claims(FLOCK, artifact())
    assert publish.correlation_id is None


def test_an_artifact_without_correlation_id_cannot_be_claimed() -> None:
    publish = request("Parcel")
    assert not publish.claims(FLOCK, artifact(workflow=None))


def test_a_request_claims_no_artifact_of_another_flock() -> None:
    """An agent may publish into a second Flock while the request is handled."""
    assert not request("Parcel").claims(Flock(no_output=True), artifact())


def test_a_request_that_has_ended_keeps_no_secret() -> None:
    publish = request("Parcel")
    publish.end()
    assert publish.registration is None


def test_a_full_set_of_workflows_forgets_the_longest_idle_and_counts_it() -> None:
    workflows = Workflows(limit=2)
    workflows.add("a", everything)
    workflows.add("b", everything)
    assert workflows.use("a")
    workflows.add("c", everything)
    assert [workflows.use(name) is not None for name in "abc"] == [True, False, True]
    assert (len(workflows), workflows.forgotten) == (2, 1)
    workflows.discard("a")
    workflows.discard("a")
    assert workflows.use("a") is None
    workflows.add("c", everything)
    assert workflows.forgotten == 1, "a workflow that registers again takes no place"
