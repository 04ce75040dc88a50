"""Runs the fault matrix: all rows at once, against one daemon of each kind.

    FLOCK_RELAY=…/flock-relay python3 Tests/faults/faults.py [--only TEXT] [--junit FILE]

Runs in its own network and mount namespace. Exit status 1 if any row failed.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "torture"))

import namespace
from behaviours import OK, Reply
from certificates import Authority, TLSEnd
from connect_proxy import ConnectProxy
from http2_receiver import HTTP2, HTTP2Receivers
from interrupting_receiver import InterruptingReceiver
from names import NameServer
from raw_receiver import RawReceiver
from relay import copy_binary
from report import Result, print_summary, write_junit
from row import Row
from scene import PROXY_PORT, Scene
from sending import Interrupting
from table import ROWS
from table_redirects import ELSEWHERE_PORT
from row_run import RowRun
from row_checks import check_daemon, problems

MAX_SECONDS = 120.0
"""Seconds until all rows must be final."""
POLL = 0.1
"""Seconds between two requests to the status socket."""


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/faults.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name contains this")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a report with a test case for each row")
    parser.add_argument("--keep", action="store_true", help="leave the working directory, with the daemons' logs")
    parser.add_argument("--patience", type=float, default=1.0, metavar="FACTOR",
                        help="on a busy machine: multiply all time tolerances by this factor [1]")
    options = parser.parse_args()
    namespace.enter()
    rows = [row for row in ROWS if options.only.lower() in row.name.lower()]
    if not rows:
        parser.error(f"no row name contains {options.only!r}")
    directory = Path(tempfile.mkdtemp(prefix="faults-"))
    begun = time.monotonic()
    try:
        results = run(rows, directory, options.patience)
    finally:
        if options.keep:
            print(f"logs are in {directory}")
        else:
            shutil.rmtree(directory)
    print_summary(results, time.monotonic() - begun)
    if options.junit:
        write_junit(options.junit, results)
    return 1 if any(result.problems for result in results) else 0


def run(rows: list[Row], directory: Path, slack_factor: float) -> list[Result]:
    """Set everything up, run the rows, and check them."""
    authority = Authority(directory / "certificates")
    namespace.prepare(directory, authority.trusted)
    elsewhere = RawReceiver(ELSEWHERE_PORT, Reply(OK))
    proxy = ConnectProxy(PROXY_PORT)
    http2 = HTTP2Receivers()
    scenes = build(rows, authority, directory, slack_factor, http2)
    NameServer({row_run.host: row_run.row.host for each in scenes for row_run in each.row_runs if row_run.row.host}).start()
    try:
        http2.start()
        for scene in scenes:
            scene.start()
        for scene in scenes:
            scene.begin()
        watch(scenes)
        for scene in scenes:
            scene.stop()
        followed = [f"a redirect was followed: {request}" for request in elsewhere.requests]
        return [
            *check(scenes), Result("no redirect is followed", "", followed),
            Result("the proxy gets CONNECT requests for addresses only", f"{len(proxy.asked)} requests", named(proxy)),
        ]
    finally:
        for scene in scenes:
            scene.relay.kill()
        http2.stop()


def named(proxy: ConnectProxy) -> list[str]:
    """Requests for host names, or with another method than CONNECT."""
    return [f"request for {target}" for target in proxy.asked if not target[0].isdigit() and not target.startswith("[")]


def build(
    rows: list[Row], authority: Authority, directory: Path, slack_factor: float, http2: HTTP2Receivers,
) -> list[Scene]:
    """Create the daemons that the rows need, and the receiver of each row."""
    binary = copy_binary(directory)
    scenes: dict[str, Scene] = {}
    for number, row in enumerate(rows, 1):
        if row.daemon not in scenes:
            port = ELSEWHERE_PORT - 1 - len(scenes)
            scenes[row.daemon] = Scene(
                row.daemon, binary, directory / row.daemon, directory / "certificates", port, slack_factor)
        scenes[row.daemon].add(start_receiver(RowRun(row, ELSEWHERE_PORT + number), authority, http2))
    return list(scenes.values())


def start_receiver(row_run: RowRun, authority: Authority, http2: HTTP2Receivers) -> RowRun:
    if isinstance(row_run.row.receiver, HTTP2):
        certificate = authority.certificate(row_run.row.tls or TLSEnd(), row_run.host)
        row_run.receiver = http2.add(row_run.port, row_run.row.receiver.behaviour, *certificate)
    elif row_run.row.receiver:
        tls = authority.context(row_run.row.tls, row_run.host) if row_run.row.tls else None
        kind = InterruptingReceiver if isinstance(row_run.row.receiver, Interrupting) else RawReceiver
        row_run.receiver = kind(row_run.port, row_run.row.receiver, tls)
    return row_run


def watch(scenes: list[Scene]) -> None:
    """Wait until every row is final, or the time is over."""
    deadline = time.monotonic() + MAX_SECONDS
    while time.monotonic() < deadline and not all([scene.advance() for scene in scenes]):
        time.sleep(POLL)


def check(scenes: list[Scene]) -> list[Result]:
    results = []
    for scene in scenes:
        results += [Result.of(row_run, problems(scene, row_run)) for row_run in scene.row_runs]
        results.append(Result(f"daemon {scene.name} is the same process", scene.describe(), check_daemon(scene)))
    return results


if __name__ == "__main__":
    sys.exit(main())
