"""A headless Chromium, driven over its debugging protocol."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
    "ArrowDown": 40, " ": 32,
}

COUNT_STREAMS = """(() => {
    const passOn = window.fetch;
    window.streams = 0;
    window.fetch = async (target, options) => {
        const answer = await passOn(target, options);
        if (target.startsWith("attempts")) window.streams += 1;
        return answer;
    };
})()"""


class Tab:
    """A tab. What a page must not do, such as opening dialogs or breaking its own policy, is kept in ``complaints``."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._last = 0
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Performance"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """The result of a command of the protocol."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, event: dict[str, Any]) -> None:
        method, details = event.get("method"), event.get("params", {})
        if method == "Page.javascriptDialogOpening":
            self.complaints.append(f"dialog: {details['message']}")
            self._last += 1
            self._socket.send(
                json.dumps({"id": self._last, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}))
            self._last += 1  # The answer to it has a number that no call waits for.
        elif method == "Runtime.exceptionThrown":
            thrown = details["exceptionDetails"]
            self.complaints.append(f"exception: {thrown.get('exception', {}).get('description', thrown['text'])}")
        elif method == "Log.entryAdded" and details["entry"]["level"] == "error":
            entry = details["entry"]
            if entry["source"] != "network":
                self.complaints.append(f"{entry['source']}: {entry['text']}")

    def open(self, address: str) -> None:
        """Loads an address anew, even if only its part after the ``#`` differs."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, under the page's policy; promises are awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
            allowUnsafeEvalBlockedByCSP=False)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = 20) -> None:
        """Returns as soon as an expression is true."""
        deadline = time.monotonic() + seconds
        while True:
            # What it looks at may not have been loaded yet.
            with contextlib.suppress(RuntimeError):
                if self.evaluate(f"Promise.resolve({expression}).then(Boolean)"):
                    return
            if time.monotonic() > deadline:
                raise AssertionError(f"not true within {seconds} s: {expression}; the page shows: {self.text('body')[:2000]}")
            time.sleep(0.02)

    def count_streams(self) -> None:
        """Counts the streams of attempts that the relay begins from now on, for ``wait_for_stream``."""
        self.evaluate(COUNT_STREAMS)

    def wait_for_stream(self) -> None:
        """Returns as soon as a stream has begun, so that the page shows each attempt that ends later."""
        self.wait("window.streams > 0")

    def text(self, selector: str) -> str:
        """The text of the first element that the selector finds, as it is shown."""
        found = self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")
        if found is None:
            raise AssertionError(f"no element {selector}")
        return str(found)

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements that the selector finds."""
        return list(self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.innerText)"))

    def press(self, key: str, shift: bool = False) -> None:
        """Presses a key: one of ``KEYS``, or a character."""
        details = {"key": key, "modifiers": 8 if shift else 0, "windowsVirtualKeyCode": KEYS.get(key, 0)}
        text = {"Enter": "\r", " ": " "}.get(key, key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **details)
        self.call("Input.dispatchKeyEvent", type="keyUp", **details)

    def size(self, width: int, height: int) -> None:
        """Sets the size of the window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, **features: str) -> None:
        """Sets what the system wishes, such as ``prefers_color_scheme``."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def screenshot(self, path: Path) -> None:
        """Writes what is visible as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def heap_bytes(self) -> int:
        """Bytes of JavaScript objects in use, after garbage is collected."""
        self.call("HeapProfiler.collectGarbage")
        return int(self.call("Runtime.getHeapUsage")["usedSize"])

    def metrics(self) -> dict[str, float]:
        """What the browser measures, among it ``TaskDuration``, the seconds of processor time of the page."""
        return {metric["name"]: metric["value"] for metric in self.call("Performance.getMetrics")["metrics"]}


@contextlib.contextmanager
def chromium() -> Iterator[Tab]:
    """Starts the browser with one tab, and ends it with all that it keeps."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
    with tempfile.TemporaryDirectory(prefix="page-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", "--no-first-run",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-US",
             "--remote-allow-origins=*", "--disable-background-networking", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Tab(create_connection(_first_tab(Path(profile)), timeout=60))
        finally:
            process.terminate()
            process.wait()


def _first_tab(profile: Path) -> str:
    """The address of the debugging protocol of the browser's first tab."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            port = int((profile / "DevToolsActivePort").read_text().splitlines()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
                for target in json.load(answer):
                    if target["type"] == "page":
                        return str(target["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise RuntimeError("the browser did not start within 30 s")
