"""Takes the pictures of docs/page.md with a relay under load. Needs the packages of Tests/flock/requirements.txt.

    .venv/bin/python Tests/page/screenshots.py [DIRECTORY]
"""

from __future__ import annotations

import random
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "torture"))

from browser import Tab, chromium
from scene import Scene, artifact, registration, scene

WARM_UP = 45
"""Seconds of load before the first picture."""


def prepare(made: Scene) -> dict[str, str]:
    """Registers workflows; the URLs of the receivers by what they do."""
    urls = {
        "answers": made.receiver(), "is new": made.receiver(), "fails at times": made.receiver("--fail", "30%"),
        "fails": made.receiver("--fail", "503"), "hangs": made.receiver("--fail", "hang")}
    both = ["artifact.created", "workflow.completed"]
    made.write([
        *(registration(f"order-{number}", url, events=both) for number, url in enumerate(urls.values(), 1001)),
        registration("invoice-77", urls["fails at times"], events=both)])
    return urls


def one_workflow(made: Scene) -> None:
    """A workflow with retries that ends while it can be watched."""
    chance = random.Random(1)
    for number, kind in enumerate(["Order", "Invoice", "Label", "Receipt"] * 6):
        made.write([artifact("invoice-77", f"{kind.lower()}-{number}", f"shop.{kind}")])
        time.sleep(chance.random() / 2)
    made.write([b'{"type":"workflow_completed","correlation_id":"invoice-77","status":"succeeded"}'])


def take(tab: Tab, made: Scene, urls: dict[str, str], directory: Path) -> None:
    failing = "#/receiver/" + urllib.parse.quote(urls["fails"].rstrip("/"), safe="")
    for name, place, width, height, scheme, script in [
        ("overview", "#/", 1100, 760, "light", ""),
        ("failing", failing, 1100, 760, "light", ""),
        ("workflow", "#/workflow/invoice-77", 1100, 760, "light", ""),
        ("dark", "#/", 1100, 760, "dark", "document.getElementById('stream-toggle').click()"),
        ("phone", "#/", 360, 780, "light", ""),
        ("phone-workflow", "#/workflow/invoice-77", 360, 780, "dark", ""),
    ]:
        tab.prefer(prefers_color_scheme=scheme)
        tab.size(width, height)
        tab.open(made.address + place)
        time.sleep(3)
        if script:
            tab.evaluate(script)
            time.sleep(2)
        tab.screenshot(directory / f"{name}.png")
        print(name, (directory / f"{name}.png").stat().st_size, "bytes")


def main() -> None:
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/page")
    directory.mkdir(exist_ok=True)
    with scene("--timeout", "3s") as made, chromium() as tab:
        urls = prepare(made)
        with made.load([f"order-{number}" for number in (1001, 1002, 1003)], 240), \
                made.load(["order-1004", "order-1005"], 6):
            time.sleep(WARM_UP)
            one_workflow(made)
            take(tab, made, urls, directory)


if __name__ == "__main__":
    main()
