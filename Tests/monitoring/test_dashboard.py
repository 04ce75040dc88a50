"""Every query of the Grafana dashboard returns data of the load run, and Grafana can place every panel."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from load_run import LoadRun

DASHBOARD = json.loads(
    (Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "flock-relay.json").read_text())
VARIABLES = {"$__rate_interval": "20s", "$__range": "5m", "$instance": ".*", "$job": ".*"}
"""What Grafana would insert."""
EMPTY: dict[str, str] = {}
"""Queries that return nothing in the load run, with the reason: none."""


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[Any]:
    return [
        pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
        for panel in panels() for target in panel["targets"]
    ]


@pytest.mark.parametrize("query", queries())
def test_a_query_returns_data(run: LoadRun, query: str) -> None:
    expression = query
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    found = [run.prometheus.query(expression, phase.ended_at) for phase in run.phases]
    assert any(found) != (query in EMPTY), expression


def test_every_empty_query_is_in_the_dashboard() -> None:
    assert EMPTY.keys() <= {parameter.values[0] for parameter in queries()}


def test_panel_values_are_those_of_the_run(run: LoadRun) -> None:
    """The first row; its ratios are over the selected time, here the whole run."""
    oracles = [phase.oracle for phase in run.phases]
    delivered, failed, recovered = (
        sum(getattr(oracle, name) for oracle in oracles) for name in ("delivered", "failed", "recovered"))
    shown = {}
    for panel in panels()[:6]:
        expression = panel["targets"][0]["expr"]
        for name, value in (VARIABLES | {"$__range": "1h"}).items():
            expression = expression.replace(name, value)
        shown[panel["title"]] = run.prometheus.value(expression, run.phases[-1].ended_at)
    assert 0.25 < shown.pop("p95 latency") <= 0.5
    assert shown == {
        "Ready": 1, "Share delivered": pytest.approx(delivered / (delivered + failed), abs=1e-6),
        "Recovered": pytest.approx(recovered / (recovered + failed), abs=1e-6), "Oldest pending": 0, "Outbox used": 0,
    }


def test_panels_have_a_place_a_meaning_and_the_chosen_data_source() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for panel in panels():
        assert panel["description"] and panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        for source in [panel["datasource"], *(target["datasource"] for target in panel["targets"])]:
            assert source == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
    for first, second in combinations(DASHBOARD["panels"], 2):
        a, b = first["gridPos"], second["gridPos"]
        apart = (
            a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])
        assert apart and a["x"] + a["w"] <= 24, f"{first['title']} and {second['title']} overlap"
