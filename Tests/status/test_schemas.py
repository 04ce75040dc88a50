"""The answers of a running daemon are what docs/schemas says, and no field of the schemas is never in an answer."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from conftest import HOSTILE_ID
from daemon import Daemon
from schemas import NAMES, Schema, fields_of

TARGETS = {
    "status": ["/status"],
    "history": ["/history"],
    "correlations": ["/correlations", "/correlations?limit=1", "/correlations?state=finished&search=w%2F"],
    "correlation": [
        *(f"/correlations/{quote(name, safe='')}" for name in (HOSTILE_ID, "flaky", "bad", "pause", "hang")),
        "/correlations/flaky?limit=1&density=2", "/correlations/hang?from=2",
    ],
    "error": [
        "/nothing", "/correlations/unknown", "/correlations?limit=0", "/correlations?cursor=x", "/correlations/bad?x=1",
    ],
}


@pytest.mark.parametrize("name", TARGETS)
def test_answers_are_as_the_schemas_say(busy: Daemon, name: str) -> None:
    schema = Schema(name)
    shown: set[str] = set()
    for target in TARGETS[name]:
        code, answer = busy.status.get(target)
        assert (code == 200) is (name != "error"), target
        assert schema.problems(answer) == [], target
        shown |= set(fields_of(answer))
    counted = {field for field in shown if field.startswith(("received.", "refused.", "deliveries.failed_by_reason."))}
    assert shown - counted == schema.fields()


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_rejects_what_it_does_not_describe(name: str) -> None:
    schema = Schema(name)
    for answer in (None, [], {}, {"unknown": 1}, "text"):
        assert schema.problems(answer), answer


def test_a_list_is_read_page_by_page(busy: Daemon) -> None:
    whole = [each["correlation_id"] for each in busy.status.get("/correlations")[1]["correlations"]]
    assert sorted(whole) == sorted([HOSTILE_ID, "flaky", "bad", "pause", "hang"])
    target, found = "/correlations?limit=2", []
    while True:
        page = busy.status.get(target)[1]
        found += [each["correlation_id"] for each in page["correlations"]]
        if "next_cursor" not in page:
            break
        target = f"/correlations?limit=2&cursor={quote(page['next_cursor'])}"
    assert found == whole


@pytest.mark.parametrize("part", ["/ü", "<script>", "\u202e\x07", "x" * 200, HOSTILE_ID])
def test_any_part_of_an_id_finds_it(busy: Daemon, part: str) -> None:
    found = busy.status.get(f"/correlations?search={quote(part, safe='')}")[1]["correlations"]
    assert [each["correlation_id"] for each in found] == [HOSTILE_ID]


@pytest.mark.parametrize("part", ["X" * 200, "%", "_", "*", "flaky2"])
def test_a_search_has_no_wildcards_and_respects_case(busy: Daemon, part: str) -> None:
    assert busy.status.get(f"/correlations?search={quote(part)}")[1]["correlations"] == []
