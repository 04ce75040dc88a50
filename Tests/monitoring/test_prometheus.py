"""A real Prometheus has what the receiver counted, also over a restart of the relay."""

from __future__ import annotations

import re
import subprocess

import pytest

from conftest import require_prometheus
from load_run import BAD_LINES, DUPLICATES, UNMATCHED, LoadRun, Phase
from prometheus import DEPLOYED

DOCUMENTATION = DEPLOYED.parents[1] / "docs"
MEASURING_SECONDS = 0.02
"""The relay reads an answer this much later, at most, than the receiver sends it."""
METRIC = re.compile(r"\b(?:instance:)?(?:flock_relay|process)_\w+(?::\w+)?|\bup\b")


@pytest.fixture(params=[0, 1], ids=["before the restart", "after it"])
def phase(run: LoadRun, request: pytest.FixtureRequest) -> Phase:
    return run.phases[request.param]


def test_the_load_has_every_kind_of_outcome(phase: Phase) -> None:
    oracle = phase.oracle
    assert oracle.delivered + oracle.failed == phase.published
    assert min(oracle.delivered, oracle.failed, oracle.recovered) >= 10
    assert set(oracle.attempts) == {"2xx", "non_2xx", "error"}


def test_deliveries_are_what_the_receiver_counted(run: LoadRun, phase: Phase) -> None:
    found = run.prometheus.by_label("flock_relay_deliveries_total", "outcome", phase.ended_at)
    assert found == {"delivered": phase.oracle.delivered, "failed": phase.oracle.failed}
    assert run.prometheus.value("flock_relay_recovered_total", phase.ended_at) == phase.oracle.recovered
    reasons = run.prometheus.by_label("flock_relay_failed_total", "reason", phase.ended_at)
    assert reasons == {"http_500": phase.oracle.failed}


def test_attempts_are_what_the_receiver_counted(run: LoadRun, phase: Phase) -> None:
    at = phase.ended_at
    assert run.prometheus.by_label("flock_relay_attempts_total", "outcome", at) == phase.oracle.attempts
    assert run.prometheus.by_label("flock_relay_attempt_errors_total", "class", at) == phase.oracle.errors
    made = run.prometheus.value("flock_relay_attempt_duration_seconds_count", at)
    assert made == phase.oracle.attempts.total()


def test_line_counts_are_those_of_the_lines_written(run: LoadRun, phase: Phase) -> None:
    at = phase.ended_at
    assert run.prometheus.by_label("flock_relay_events_total", "kind", at) == phase.kinds
    assert run.prometheus.by_label("flock_relay_rejected_lines_total", "code", at) == BAD_LINES
    assert run.prometheus.value("flock_relay_duplicates_total", at) == DUPLICATES
    assert run.prometheus.value("flock_relay_unmatched_total", at) == UNMATCHED


def test_p95_is_in_the_bucket_of_the_measured_one(run: LoadRun, phase: Phase) -> None:
    buckets = run.prometheus.query("flock_relay_delivery_latency_seconds_bucket", phase.ended_at)
    edges = sorted(float(dict(labels)["le"]) for labels in buckets)
    measured = phase.oracle.quantile(0.95)
    expected = {
        next((low, high) for low, high in zip([0, *edges], edges) if low < seconds <= high)
        for seconds in (measured, measured + MEASURING_SECONDS)}
    found = run.prometheus.value(
        "histogram_quantile(0.95, flock_relay_delivery_latency_seconds_bucket)", phase.ended_at)
    assert any(low <= found <= high for low, high in expected), f"{found}, measured {measured}"
    assert run.prometheus.value("flock_relay_delivery_latency_seconds_count", phase.ended_at) == phase.oracle.delivered


def test_recorded_ratios_are_right_over_the_restart(run: LoadRun) -> None:
    for count in (1, 2):
        oracles = [phase.oracle for phase in run.phases[:count]]
        delivered, failed, recovered = (
            sum(getattr(oracle, name) for oracle in oracles) for name in ("delivered", "failed", "recovered"))
        at = run.phases[count - 1].ended_at
        share = run.prometheus.value("instance:flock_relay_share_delivered:ratio1h", at)
        assert share == pytest.approx(delivered / (delivered + failed), abs=1e-6)
        recovery = run.prometheus.value("instance:flock_relay_recovery:ratio1h", at)
        assert recovery == pytest.approx(recovered / (recovered + failed), abs=1e-6)
    resets = run.prometheus.value('resets(flock_relay_deliveries_total{outcome="delivered"}[10m])', at)
    assert resets == 1


def test_alerts_see_the_failures_and_nothing_else(run: LoadRun) -> None:
    found = {dict(labels)["alertname"] for labels in run.prometheus.query("ALERTS", run.phases[0].ended_at)}
    assert found == {"FlockRelayDeliveriesFail", "FlockRelayRecoveryLow", "FlockRelayLinesRejected"}


def test_every_metric_of_the_rules_exists(run: LoadRun) -> None:
    rules = [rule for group in run.prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert all(rule["health"] == "ok" for rule in rules), rules
    names = {name for rule in rules for name in METRIC.findall(rule["query"])}
    assert len(names) > 15
    for name in names:
        assert run.prometheus.query(name, run.phases[0].ended_at), f"{name} has no series"


def test_every_alert_is_tested_firing(run: LoadRun) -> None:
    tests = (DEPLOYED / "flock-relay.rules.test.yml").read_text()
    rules = [rule for group in run.prometheus.get("rules")["groups"] for rule in group["rules"]]
    for name in {rule["name"] for rule in rules if rule["type"] == "alerting"}:
        assert f'alertname="{name}",alertstate="firing"' in tests, name


def test_every_metric_and_alert_is_documented(run: LoadRun) -> None:
    documented = (DOCUMENTATION / "operations.md").read_text().partition("## Monitoring")[2].partition("### Log records")[0]
    exported = set(re.findall(r"^# TYPE (?:flock_relay_)?(\w+) ", run.phases[0].metrics, re.MULTILINE))
    named = {name.partition("{")[0] for name in re.findall(r"`([a-z_]+(?:\{\w+\})?)`", documented)}
    assert exported - named == set()
    assert {name for name in named if name.endswith(("_total", "_bytes", "_seconds"))} <= exported
    rules = [rule for group in run.prometheus.get("rules")["groups"] for rule in group["rules"]]
    alerts = {rule["name"] for rule in rules if rule["type"] == "alerting"}
    assert set(re.findall(r"`(FlockRelay\w+)`", documented)) == alerts


def test_promtool_finds_no_problem_in_metrics(run: LoadRun) -> None:
    checked = promtool("check", "metrics", text=run.phases[0].metrics)
    assert checked.returncode == 0 and not (checked.stdout + checked.stderr), checked


@pytest.mark.parametrize("command", [
    ["check", "config", "prometheus.yml"], ["check", "rules", "flock-relay.rules.yml"],
    ["test", "rules", "flock-relay.rules.test.yml"],
], ids=" ".join)
def test_promtool_accepts(command: list[str]) -> None:
    require_prometheus()
    checked = promtool(*command)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def promtool(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], cwd=DEPLOYED, input=text, capture_output=True, text=True, timeout=60)
