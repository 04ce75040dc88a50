"""Nothing from outside becomes markup, runs, or looks like something else."""

from __future__ import annotations

import urllib.parse

from browser import Tab
from scene import artifact, registration, scene

NAMES = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'`><svg onload=alert(1)>", "safe\u202egnp.exe",
    "a\u0007b\u200fc\u2066d", "{{7*7}}${alert(1)}", "#/workflow/other?from=1&x=%", "é" * 128, "x" * 256,
    "javascript:alert(1)", "line\nbreak", ".", "..",
]
ELEMENTS = "document.querySelectorAll('script, img, svg, iframe, object, embed, base, meta, link, form').length"


def escaped(text: str) -> str:
    """As the page writes control characters and marks of direction."""
    return "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or c in "\u200f\u202e\u2066" else c for c in text)


def test_hostile_names_are_shown_as_text(tab: Tab) -> None:
    with scene("--retry-max-retries", "0", "--keep-failed", "1h") as made:
        url = made.receiver("--fail", "500x1")
        made.write([registration(name, url) for name in NAMES])
        tab.open(made.address)
        tab.wait("document.querySelector('#headline p').innerText.startsWith('Idle')")
        elements = tab.evaluate(ELEMENTS)
        tab.count_streams()
        tab.evaluate("document.getElementById('stream-toggle').click(); document.getElementById('failures').open = true")
        tab.wait_for_stream()
        made.write([artifact(name, name, kind=name) for name in NAMES])
        made.settle(lambda status: status["deliveries"]["failed"] == len(NAMES))
        tab.wait(f"document.querySelectorAll('#workflows tbody tr').length === {len(NAMES)}")
        tab.wait(f"document.querySelectorAll('#failures li').length === {len(NAMES)}")
        tab.wait(f"document.querySelectorAll('#stream li:not([hidden])').length === {len(NAMES)}")
        expected = {escaped(name) for name in NAMES}
        contents = "[...document.querySelectorAll('%s')].map((one) => one.textContent)"
        assert set(tab.evaluate(contents % "#workflows tbody tr td:first-child")) == expected
        assert {text.removesuffix(" #1") for text in tab.evaluate(contents % "#failures a")} == expected
        assert set(tab.evaluate(contents % "#stream li bdi")) == expected
        assert tab.evaluate(ELEMENTS) == elements
        for name in NAMES:
            its_workflow_opens(tab, name)
        assert tab.evaluate(ELEMENTS) == elements
        narrow(tab, made.address)


def its_workflow_opens(tab: Tab, name: str) -> None:
    link = tab.evaluate(
        "[...document.querySelectorAll('#workflows tbody a')].map((one) => one.hash)"
        f".find((hash) => decodeURIComponent(hash.slice(11)) === {name!a})".replace("'\\x", "'\\x"))
    assert link == "#/workflow/" + urllib.parse.quote(name, safe="!'()*-._~"), name
    tab.evaluate(f"location.hash = {link!r}")
    tab.wait("document.querySelectorAll('.timeline tbody tr').length === 1")
    assert tab.evaluate("document.querySelector('#workflow-title bdi').textContent") == escaped(name)
    assert tab.evaluate("document.querySelector('.timeline .artifact').textContent") == f"{escaped(name)} {escaped(name)}"
    tab.evaluate("location.hash = '#/'")
    tab.wait("!document.getElementById('overview').hidden")


def narrow(tab: Tab, address: str) -> None:
    """Nothing is wider than a screen of 320 pixels."""
    tab.size(320, 640)
    for view in ["", "#/workflow/" + "x" * 256]:
        tab.open(address + view)
        tab.wait("document.querySelectorAll('tbody tr').length > 0")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, view


def test_the_content_security_policy_is_enforced(tab: Tab) -> None:
    with scene() as made:
        tab.open(made.address)
        tab.wait("document.querySelector('#headline p').innerText.startsWith('Idle')")
        assert tab.complaints == [], "the page keeps its own policy"
        assert tab.evaluate("""(() => {
            const script = document.createElement("script");
            try { script.textContent = "window.ran = 1"; } catch (error) { return error.name; }
            document.body.append(script);
            return window.ran ?? "not run";
        })()""") in ("TypeError", "not run")
        assert tab.evaluate("(() => { try { document.body.innerHTML = '<p>'; } catch (error) { return error.name; } })()") == "TypeError"
        for attack in ["eval('1')", "new Function('1')()", "fetch('http://127.0.0.1:1/')"]:
            failed = f"(async () => {{ try {{ await {attack}; }} catch (error) {{ return error.name; }} }})()"
            assert tab.evaluate(failed) in ("EvalError", "TypeError"), attack
        assert tab.evaluate("(() => { document.body.setAttribute('style', 'position: fixed'); return getComputedStyle(document.body).position; })()") == "static"
        assert any("security" in complaint or "Content Security Policy" in complaint for complaint in tab.complaints)
        tab.complaints.clear()
