"""Fixtures: a browser, the same one for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Tab, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab) -> Iterator[Tab]:
    """A tab of usual size. A test fails if its page opens a dialog or breaks its own policy."""
    browser.complaints.clear()
    browser.size(1280, 900)
    yield browser
    browser.call("Page.navigate", url="about:blank")
    assert browser.complaints == []
