"""The page works without a mouse, announces only its first line to screen readers, and has enough contrast."""

from __future__ import annotations

from browser import Tab
from scene import artifact, registration, scene

ACTIVE = "document.activeElement"


def tab_to(tab: Tab, condition: str, limit: int = 60, shift: bool = False) -> None:
    """Presses the Tab key until the focused element meets the condition."""
    for _ in range(limit):
        tab.press("Tab", shift)
        if tab.evaluate(f"Boolean({condition})"):
            return
    raise AssertionError(f"the Tab key does not lead to {condition}")


def test_keyboard_alone_is_enough(tab: Tab) -> None:
    with scene("--retry-base-delay", "200ms") as made:
        url = made.receiver("--fail", "500x1")
        made.write([registration(name, url) for name in ("apple", "pear")])
        made.write([artifact(name, f"{name}-{number}") for name in ("apple", "pear") for number in range(3)])
        made.settle(lambda status: status["deliveries"]["delivered"] == 6)
        tab.open(made.address)
        tab.wait("document.querySelectorAll('#workflows tbody tr').length === 2")
        search(tab)
        timeline(tab)
        receiver(tab)
        stream(tab, made)


def search(tab: Tab) -> None:
    tab_to(tab, f"{ACTIVE}.id === 'search'")
    for letter in "ppl":
        tab.press(letter)
    tab.wait("document.querySelectorAll('#workflows tbody tr').length === 1")
    assert tab.evaluate("location.hash") == "#/workflows?search=ppl"
    tab_to(tab, f"{ACTIVE}.closest('th') && {ACTIVE}.textContent === 'Failed'")
    tab.press("Enter")
    assert tab.evaluate(f"{ACTIVE}.closest('th').getAttribute('aria-sort')") == "descending"
    tab_to(tab, f"{ACTIVE}.textContent === 'apple'")
    assert tab.evaluate(f"getComputedStyle({ACTIVE}).outlineStyle") != "none", "the focus can be seen"
    tab.press("Enter")
    tab.wait("location.hash === '#/workflow/apple'")


def timeline(tab: Tab) -> None:
    tab.wait("document.querySelectorAll('.timeline tbody tr').length === 3")
    assert tab.evaluate(f"{ACTIVE}.id") == "workflow-title"
    tab_to(tab, f"{ACTIVE}.matches('.mark')")
    assert "#1, attempt 1: http_500: it answered 500" in tab.text("#bubble")
    tab.press("ArrowRight")
    assert "#1, attempt 2: delivered, 200" in tab.text("#bubble")
    tab.press("ArrowDown")
    assert "#2, attempt 1" in tab.text("#bubble")
    tab.press("End")
    assert "#3, attempt 2" in tab.text("#bubble")
    tab.press("Escape")
    assert tab.evaluate("document.getElementById('bubble').hidden")
    tab_to(tab, f"{ACTIVE}.textContent === '← All workflows'", shift=True)
    tab.press("Enter")
    tab.wait("document.querySelectorAll('#workflows tbody tr').length === 2")


def receiver(tab: Tab) -> None:
    tab_to(tab, f"{ACTIVE}.matches('.name')", limit=90, shift=True)
    tab.press("Enter")
    tab.wait("fetch('history').then((answer) => answer.json()).then(({ samples }) => samples.length > 5)")
    tab_to(tab, f"{ACTIVE}.matches('figure canvas')")
    tab.wait("document.getElementById('readout').innerText")
    before = tab.text("#readout")
    for _ in range(3):
        tab.press("ArrowLeft")
    assert tab.text("#readout") != before


def stream(tab: Tab, made: object) -> None:
    tab_to(tab, f"{ACTIVE}.id === 'stream-toggle'", limit=90, shift=True)
    tab.count_streams()
    tab.press("Enter")
    assert tab.evaluate(f"{ACTIVE}.id") == "stream-title"
    tab.wait_for_stream()
    made.write([artifact("pear", "late")])  # type: ignore[attr-defined]
    tab.wait("document.querySelectorAll('#stream li:not([hidden])').length === 2")
    assert "pear #4" in tab.text("#stream li")
    tab_to(tab, f"{ACTIVE}.id === 'stream-pause'")
    tab.press(" ")
    assert tab.evaluate(f"{ACTIVE}.getAttribute('aria-pressed')") == "true"
    made.write([artifact("pear", "later")])  # type: ignore[attr-defined]
    tab.wait("document.getElementById('stream-note').innerText.includes('2 newer attempts')")
    assert len(tab.texts("#stream li:not([hidden])")) == 2
    tab.press(" ")
    tab.wait("document.querySelectorAll('#stream li:not([hidden])').length === 4")
    tab_to(tab, f"{ACTIVE}.id === 'stream-failed'")
    tab.press(" ")
    tab.wait("document.querySelectorAll('#stream li:not([hidden])').length === 2")
    tab.press("Escape")
    assert tab.evaluate("document.getElementById('stream').hidden")
    assert tab.evaluate(f"{ACTIVE}.id") == "stream-toggle"
    opened_again(tab)


def opened_again(tab: Tab) -> None:
    """A panel closed while it is paused begins anew."""
    tab.press("Enter")
    tab_to(tab, f"{ACTIVE}.id === 'stream-pause'")
    tab.press(" ")
    tab.wait("document.getElementById('stream-note').innerText.includes('Paused')")
    tab.press("Escape")
    tab.press("Enter")
    assert tab.evaluate("document.getElementById('stream-pause').getAttribute('aria-pressed')") == "false"
    assert tab.text("#stream-pause") == "Pause"
    assert tab.text("#stream-note") == "No attempt yet."
    assert tab.texts("#stream li:not([hidden])") == []


def test_a_receiver_opens_by_link_and_by_key(tab: Tab) -> None:
    with scene() as made:
        url = made.receiver("--fail", "503")
        made.write([registration("w", url), artifact("w", "a"), artifact("w", "b")])
        tab.open(made.address)
        tab.wait("document.querySelectorAll('#receivers tbody').length === 1")
        tab_to(tab, f"{ACTIVE}.matches('.opens')")
        tab.press("Enter")
        tab.wait("location.hash.startsWith('#/receiver/http%3A%2F%2F127.0.0.1')")
        tab.wait(f"{ACTIVE}.getAttribute('aria-expanded') === 'true'")
        tab.wait("document.querySelectorAll('#receivers .attempts li').length >= 1")
        assert "503" in tab.text("#receivers .attempts li .result")
        link = tab.evaluate("location.href")
        tab.open(link)
        tab.wait("document.querySelector('#receivers .detail:not([hidden])')")


def test_only_the_first_line_is_announced(tab: Tab) -> None:
    with scene() as made:
        tab.open(made.address)
        tab.wait("document.querySelector('#headline p').innerText.startsWith('Idle')")
        live = "[...document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log], [role=timer], output')].map((one) => one.parentNode.id)"
        assert tab.evaluate(live) == ["headline"]
        assert tab.evaluate("[...document.querySelectorAll('button, select, input, a, canvas')].every((one) => one.tabIndex >= 0)")
        assert tab.evaluate("document.getAnimations().length") == 0


def test_light_and_dark_have_enough_contrast(tab: Tab) -> None:
    with scene() as made:
        for scheme in ("light", "dark"):
            tab.prefer(prefers_color_scheme=scheme)
            tab.open(made.address)
            tab.wait("document.querySelector('#headline p').innerText.startsWith('Idle')")
            for colour in ("text", "quiet", "link", "good", "warn", "bad"):
                for back in ("back", "raised"):
                    assert contrast(tab, colour, back) >= 4.5, (scheme, colour, back)
        tab.prefer(prefers_color_scheme="light")


def contrast(tab: Tab, colour: str, back: str) -> float:
    """The contrast ratio of WCAG 2."""
    def luminance(name: str) -> float:
        text = tab.evaluate(f"getComputedStyle(document.body).getPropertyValue('--{name}')").strip().lstrip("#")
        if len(text) == 3:
            text = "".join(digit * 2 for digit in text)
        parts = [int(text[at:at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(colour), luminance(back)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
