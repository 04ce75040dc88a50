"""Rows: redirects, which are answers like any other and are never followed."""

from __future__ import annotations

from behaviours import Endless, Reply, raw, response, status
from namespace import OTHER_PUBLIC
from row import Row, fails

STATUSES = ("301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")

ELSEWHERE_PORT = 20_000
"""The port of redirects to another host; a request that arrives there means a redirect was followed."""

HARMLESS = {
    "relative": "/elsewhere",
    "to another host": f"http://{OTHER_PUBLIC}:{ELSEWHERE_PORT}/elsewhere",
    "to another host, without scheme": f"//{OTHER_PUBLIC}:{ELSEWHERE_PORT}/elsewhere",
    "https": f"https://{OTHER_PUBLIC}:{ELSEWHERE_PORT}/elsewhere",
    "to a file": "file:///etc/passwd",
    "empty": "",
    "garbage": "\x01 :// %zz \\ <>",
    "missing": None,
}
DEADLY = {"//%00/": "//%00/", "//[::1]/a": "//[::1]/a"}
"""These crash Foundation's own HTTP code (docs/urlsession.md, row 2)."""


def redirect(text: str, kind: str, location: str | None) -> Row:
    code = text.split()[0]
    headers = [] if location is None else [f"Location: {location}"]
    return Row(
        f"{code}, Location {kind}", status(text, *headers),
        fails(f"http_{code}", attempts=2), retries=1)


BODIES = [
    Row("302 with a body of 200 KB", Reply(response("302 Found", body=b"x" * 200_000)), fails("http_302"), artifacts=2),
    Row("302 with a body without end", Endless(raw("HTTP/1.1 302 Found"), b"x" * 65_536), fails("http_302")),
]

ROWS = [
    *(redirect(text, kind, location) for text in STATUSES for kind, location in (HARMLESS | DEADLY).items()), *BODIES]
