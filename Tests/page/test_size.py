"""Ten thousand workflows, and one of a hundred thousand deliveries."""

from __future__ import annotations

import time

from browser import Tab
from scene import Scene, artifact, registration, scene

WORKFLOWS = 10_000
DELIVERIES = 100_000
MAX_PICTURE = 1.0
"""Seconds until the page shows what the relay says."""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]"


def seconds_until(tab: Tab, address: str, shown: str) -> float:
    """Seconds from the start of the navigation until the expression is true; the browser measures them."""
    tab.open(address)
    tab.wait(f"({shown}) || new Promise((done) => requestAnimationFrame(() => done(false)))")
    return float(tab.evaluate("performance.now()")) / 1000


def test_ten_thousand_workflows_and_a_hundred_thousand_deliveries_are_shown_within_a_second(tab: Tab) -> None:
    with scene("--history-max-deliveries", "500000") as made:
        fill(made)
        overview = seconds_until(tab, made.address, "document.querySelectorAll('#workflows tbody tr').length === 50")
        tab.wait(PAINT)  # The elements may be there before the browser paints them.
        paint = tab.evaluate(f"{PAINT}.startTime") / 1000
        paging(tab)
        workflow = seconds_until(
            tab, f"{made.address}#/workflow/large", "document.querySelectorAll('.timeline tbody tr').length === 100")
        strip(tab)
        middle = seconds_until(
            tab, f"{made.address}#/workflow/large?at=50050", "document.querySelector('.timeline tr.wanted')")
        assert tab.texts(".timeline tbody tr td:first-child")[0] == "50,001"
        report = (f"first paint {paint:.3f} s, overview of {WORKFLOWS} workflows {overview:.3f} s, "
                  f"workflow of {DELIVERIES} deliveries {workflow:.3f} s, its middle {middle:.3f} s, "
                  f"JavaScript heap {tab.heap_bytes() / 1e6:.1f} MB")
        print(report)
        assert max(paint, overview, workflow, middle) < MAX_PICTURE, report


def fill(made: Scene) -> None:
    url = made.receiver()
    made.write([registration("large", url)])
    for number in range(0, WORKFLOWS, 1000):
        made.write([registration(f"order-{index:05}", url) for index in range(number, number + 1000)])
    made.write([artifact(f"order-{index:05}", "a") for index in range(WORKFLOWS)])
    made.write([artifact("large", f"a-{index}") for index in range(DELIVERIES)])
    made.settle(lambda status: status["deliveries"]["delivered"] == WORKFLOWS + DELIVERIES, 180)


def paging(tab: Tab) -> None:
    first = "document.querySelector('#workflows tbody a').textContent"
    before = tab.evaluate(first)
    tab.evaluate("document.getElementById('older').click()")
    tab.wait(f"{first} !== {before!r}")
    tab.evaluate("document.getElementById('newer').click()")
    tab.wait(f"{first} === {before!r}")
    begun = time.monotonic()
    tab.evaluate("(() => { const search = document.getElementById('search'); search.value = '0777'; search.dispatchEvent(new Event('input')); })()")
    tab.wait("[...document.querySelectorAll('#workflows tbody a')].every((one) => one.textContent.includes('0777')) && document.querySelectorAll('#workflows tbody tr').length === 11")
    assert time.monotonic() - begun < 2


def strip(tab: Tab) -> None:
    assert not tab.evaluate("document.querySelector('.strip').hidden")
    assert "from #1 of 100,000" in tab.text(".strip span")
    tab.evaluate("(() => { const slider = document.querySelector('.strip input'); slider.value = 70001; slider.dispatchEvent(new Event('change')); })()")
    tab.wait("location.hash === '#/workflow/large?from=70001'")
    tab.wait("document.querySelector('.timeline tbody td').textContent === '70,001'")
    tab.evaluate("[...document.querySelectorAll('#workflow button')].find((one) => one.textContent === 'Next').click()")
    tab.wait("document.querySelector('.timeline tbody td').textContent === '70,101'")
    tab.evaluate("[...document.querySelectorAll('#workflow button')].find((one) => one.textContent === 'Previous').click()")
    tab.wait("document.querySelector('.timeline tbody td').textContent === '70,001'")
