"""Answers that are late, or that come after the clock of the system has been set back."""

from __future__ import annotations

import time

from browser import Tab
from scene import Scene, artifact, registration, scene

HANGING = """(() => {
    const passOn = window.fetch, limit = AbortSignal.timeout.bind(AbortSignal);
    window.asked = [];
    AbortSignal.timeout = () => limit(400);
    window.fetch = (target, options) => {
        if (!%s.test(target)) return passOn(target, options);
        const request = { begun: performance.now() };
        window.asked.push(request);
        return new Promise((_, fail) => options.signal.addEventListener("abort", () => {
            request.ended = performance.now();
            fail(options.signal.reason);
        }));
    };
})()"""
"""Requests whose address matches get no answer; the page gives up after 0.4 s instead of 10 s."""

SET_BACK = """(() => {
    const passOn = window.fetch;
    window.fetch = async (target, options) => {
        if (!target.startsWith("history")) return passOn(target, options);
        const answer = await (await passOn("history", options)).json();
        const after = Number(new URL(target, location).searchParams.get("after"));
        const samples = answer.samples.map((sample) => ({ ...sample, t: sample.t - 7200 }));
        window.latest = samples.at(-1).t;
        const started_at = new Date(Date.parse(answer.started_at) - 7_200_000).toISOString();
        return Response.json({ ...answer, started_at, samples: samples.filter(({ t }) => t > after) });
    };
})()"""
"""`/history` answers as it does when the clock has been set back by two hours."""


def workflow(made: Scene, name: str, deliveries: int) -> None:
    made.write([registration(name, made.receiver())])
    made.write([artifact(name, f"a-{number}") for number in range(deliveries)])
    made.settle(lambda status: status["deliveries"]["pending"] == 0)


def pauses(tab: Tab) -> list[float]:
    """Seconds between the end of each request without an answer and the next."""
    asked = tab.evaluate("window.asked")
    return [(later["begun"] - earlier["ended"]) / 1000 for earlier, later in zip(asked, asked[1:], strict=False)]


def test_the_plot_goes_on_when_the_clock_is_set_back(tab: Tab) -> None:
    with scene() as made:
        tab.open(made.address)
        tab.wait("document.getElementById('readout').innerText")
        tab.evaluate(SET_BACK)
        tab.wait("""document.getElementById('readout').innerText.startsWith(new Intl.DateTimeFormat(undefined,
            { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(new Date(window.latest * 1000)))""")


def test_a_workflow_is_shown_without_its_density(tab: Tab) -> None:
    with scene() as made:
        workflow(made, "w", 150)
        tab.open(made.address)
        tab.wait("document.querySelectorAll('#workflows tbody tr').length === 1")
        tab.evaluate(HANGING % "/density=/")
        tab.evaluate("location.hash = '#/workflow/w'")
        tab.wait("document.querySelectorAll('.timeline tbody tr').length === 100")
        tab.wait("window.asked.some((request) => request.ended)")
        assert not tab.evaluate("document.querySelector('.strip').hidden"), "the slider needs no density"
        assert tab.text("#workflow > p.quiet") == ""


def test_a_query_that_takes_too_long_is_asked_less_often(tab: Tab) -> None:
    with scene() as made:
        workflow(made, "w", 1)
        tab.open(made.address)
        tab.wait("document.querySelectorAll('#workflows tbody tr').length === 1")
        tab.evaluate(HANGING % "/correlations.*id=/")
        tab.evaluate("location.hash = '#/workflow/w?state=failed'")
        tab.wait("document.querySelector('#workflow > p.quiet').innerText.includes('more than 10 s')")
        assert "Show all deliveries" in tab.text("#workflow > p.quiet")
        tab.wait("window.asked.length === 3")
        first, second = pauses(tab)
        assert first > 1.9 and second > 3.9, "the pause of a second doubles each time"


def test_a_search_that_takes_too_long_says_what_to_do(tab: Tab) -> None:
    with scene() as made:
        workflow(made, "w", 1)
        tab.open(made.address)
        tab.wait("document.querySelectorAll('#workflows tbody tr').length === 1")
        tab.evaluate(HANGING % "/search=/")
        search = "(() => { const search = document.getElementById('search'); search.value = %r; search.dispatchEvent(new Event('input')); })()"
        tab.evaluate(search % "o")
        tab.wait("document.getElementById('workflows-note').innerText.includes('Search for a longer part of the id')")
        tab.evaluate("window.fetch = async () => Response.json({ correlations: [] })")
        begun = time.monotonic()
        tab.evaluate(search % "order")
        tab.wait("document.getElementById('workflows-note').innerText.startsWith('No id contains this')")
        assert time.monotonic() - begun < 2, "another search does not wait"


def test_a_second_click_before_the_answer_turns_no_page(tab: Tab) -> None:
    with scene() as made:
        url = made.receiver()
        made.write([registration(f"w-{number}", url) for number in range(120)])
        made.write([artifact(f"w-{number}", "a") for number in range(120)])
        made.settle(lambda status: status["deliveries"]["delivered"] == 120)
        tab.open(made.address)
        older = "document.getElementById('older')"
        note = "document.getElementById('workflows-note').innerText"
        for page, rows in [(2, 50), (3, 20)]:
            tab.wait(f"!{older}.disabled")
            assert tab.evaluate(f"{older}.focus(); {older}.click(); {older}.click(); {older}.disabled")
            tab.wait(f"{note} === 'Page {page}.' && document.querySelectorAll('#workflows tbody tr').length === {rows}")
            assert page == 3 or tab.evaluate(f"document.activeElement === {older}"), "the button keeps the focus"
        assert tab.evaluate(f"{older}.disabled")
