"""What the page shows during a load run with failures is what the relay says."""

from __future__ import annotations

import re
import time
from typing import Any

from browser import Tab
from scene import artifact, registration, scene


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def shown(tab: Tab) -> dict[str, float]:
    """The figures of the overview by the names that they have in ``/status``."""
    values, remarks = tab.texts("#figures .value"), tab.texts("#figures .remark")
    pending, in_flight = numbers(remarks[2])
    failed, recovered = numbers(remarks[4])
    return {
        "delivered_per_second": numbers(values[0])[0], "failed_per_second": numbers(remarks[0])[0],
        "pending": pending, "in_flight": in_flight, "delivered": numbers(values[4])[0], "failed": failed,
        "recovered": recovered,
    }


def shown_after(tab: Tab, delivered: int) -> dict[str, float]:
    """The figures as soon as the page shows a later answer than one with so many deliveries."""
    deadline = time.monotonic() + 20
    while (figures := shown(tab))["delivered"] <= delivered:
        assert time.monotonic() < deadline, figures
        time.sleep(0.2)
    return figures


def milliseconds(text: str) -> float:
    number, unit = text.split()
    return float(number.replace(",", "")) * {"ms": 1, "s": 1000}[unit]


def rows(tab: Tab, table: str) -> list[list[str]]:
    return list(tab.evaluate(
        f"[...document.querySelectorAll('{table} tbody tr:not(.detail)')].map((row) => [...row.cells].map((cell) => cell.innerText))"))


def test_shown_figures_are_those_of_the_relay(tab: Tab) -> None:
    with scene("--retry-max-retries", "1", "--retry-base-delay", "300ms", "--timeout", "2s") as made:
        urls = [made.receiver(), made.receiver(), made.receiver("--fail", "30%"), made.receiver("--fail", "503")]
        hanging = made.receiver("--fail", "hang")
        made.write([registration(f"w-{number}", url) for number, url in enumerate([*urls, hanging])])
        tab.open(made.address)
        tab.wait("document.querySelector('#headline p').innerText.startsWith('Idle')")
        made.write([artifact("w-4", f"stuck-{number}") for number in range(10)])
        with made.load(["w-0", "w-1", "w-2"], 300), made.load(["w-3"], 2):
            during_load(tab, made, urls, hanging)
        status = made.settle(lambda status: status["deliveries"]["pending"] == 0, 180)
        tab.wait("document.querySelectorAll('#figures .remark')[2].innerText.startsWith('0 pending')")
        uptime = tab.text("#about")
        tab.wait(f"document.getElementById('about').innerText !== {uptime!r}")
        at_rest(tab, status)
        workflows(tab, made)


def during_load(tab: Tab, made: Any, urls: list[str], hanging: str) -> None:
    time.sleep(12)  # The rates are means of ten seconds.
    for _ in range(4):
        before = made.get("/status")["deliveries"]
        figures = shown_after(tab, before["delivered"])
        after = made.get("/status")["deliveries"]
        for name in ("delivered", "failed", "recovered"):
            assert before[name] <= figures[name] <= after[name], name
        assert 250 < figures["delivered_per_second"] < 340
        assert 10 < figures["failed_per_second"] < 90
    line = tab.text("#headline p")
    assert line.startswith("Delivering.") and "failing" in line and "hanging" in line, line
    states = {row[0].replace("▸\xa0", ""): row for row in rows(tab, "#receivers")}
    failing, stuck = states[urls[3].rstrip("/")], states[hanging.rstrip("/")]
    assert "failing" in failing[1] and failing[4] == "http_503: it answered 503"
    assert "hanging" in stuck[1] and stuck[4] == "timeout: no answer in time"
    assert {row[0] for row in rows(tab, "#receivers")[:2]} == {failing[0], stuck[0]}, "the worst come first"
    samples = tab.evaluate("fetch('history').then((answer) => answer.json())")["samples"]
    assert sum(sample["delivered"] for sample in samples) <= made.get("/status")["deliveries"]["delivered"]
    assert re.search(r"\d delivered/s, \d.* failed/s, p50 .* p95 ", tab.text("#readout"))


def at_rest(tab: Tab, status: dict[str, Any]) -> None:
    figures, deliveries = shown(tab), status["deliveries"]
    for name in ("pending", "in_flight", "delivered", "failed", "recovered"):
        assert figures[name] == deliveries[name], name
    values, remarks = tab.texts("#figures .value"), tab.texts("#figures .remark")
    p95 = status["latency"]["created_to_delivered"]["p95_ms"]
    assert abs(milliseconds(values[1]) - p95) <= max(1, p95 / 50)
    assert ("over" in remarks[1]) == (p95 > 500)
    assert abs(numbers(values[3])[0] - 100 * status["window"]["share_delivered"]) <= 0.1
    assert numbers(remarks[3]) == [status["window"]["failed"], status["window"]["recovered"]]
    assert figures["delivered"] + figures["failed"] == sum(status["received"].get(kind, 0) for kind in ["message_published"])


def workflows(tab: Tab, made: Any) -> None:
    listed = {row["correlation_id"]: [row["delivered"], row["failed"], row["pending"]]
              for row in made.get("/correlations?limit=50")["correlations"]}
    assert len(listed) == 5
    deadline = time.monotonic() + 20  # The page asks every two seconds.
    while (in_page := {row[0]: [numbers(cell)[0] for cell in row[2:5]] for row in rows(tab, "#workflows")}) != listed:
        assert time.monotonic() < deadline, (in_page, listed)
        time.sleep(0.2)
    tab.open(f"{made.address}#/workflow/w-2")
    expected = made.get("/correlations/w-2?limit=100")
    tab.wait("document.querySelectorAll('.timeline tbody tr').length === 100")
    facts = dict(zip(tab.texts(".facts dt"), tab.texts(".facts dd"), strict=True))
    assert numbers(facts["Delivered"]) == [expected["delivered"]] and numbers(facts["Failed"]) == [expected["failed"]]
    assert facts["Gaps"] == "none"
    for row, delivery in zip(rows(tab, ".timeline"), expected["deliveries"], strict=True):
        assert numbers(row[0]) == [delivery["sequence"]] and delivery["artifact_id"] in row[1]
        assert delivery["state"] in row[3]
    marks = tab.evaluate("document.querySelectorAll('.timeline .mark').length")
    assert marks == sum(len(delivery["attempts"]) for delivery in expected["deliveries"])
    failures = tab.evaluate("document.querySelectorAll('.timeline .mark.failed').length")
    assert failures == sum(attempt.get("status") != 200 for delivery in expected["deliveries"] for attempt in delivery["attempts"])
    assert failures > 0
