"""Runs the fault matrix: all rows at once, against one daemon of each kind.

    FLOCK_RELAY=…/flock-relay python3 Tests/faults/faults.py [--only TEXT] [--junit FILE]

Everything happens in a network and mount namespace of its own. Exit status 1 if any row failed.
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
from names import NameServer
from raw_receiver import RawReceiver
from relay import copy_binary
from report import Result, print_summary, write_junit
from row import Row
from scene import PROXY_PORT, Scene
from table import ROWS
from table_redirects import ELSEWHERE_PORT
from trial import Trial
from verdict import judge_daemon, objections

LONGEST = 120.0
"""Seconds until all rows must be final."""
POLL = 0.1
"""Seconds between two looks at the status socket."""


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/faults.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name contains this")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a report with a test case for each row")
    parser.add_argument("--keep", action="store_true", help="leave the working directory, with the daemons' logs")
    parser.add_argument("--patience", type=float, default=1.0, metavar="FACTOR",
                        help="on a busy machine: all slack in times is so many times as long [1]")
    options = parser.parse_args()
    namespace.enter()
    rows = [row for row in ROWS if options.only.lower() in row.name.lower()]
    if not rows:
        parser.error(f"no row is called like {options.only!r}")
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
    return 1 if any(result.objections for result in results) else 0


def run(rows: list[Row], directory: Path, patience: float) -> list[Result]:
    """Set everything up, run the rows, and judge them."""
    authority = Authority(directory / "certificates")
    namespace.prepare(directory, authority.trusted)
    elsewhere = RawReceiver(ELSEWHERE_PORT, Reply(OK))
    proxy = ConnectProxy(PROXY_PORT)
    http2 = HTTP2Receivers()
    scenes = build(rows, authority, directory, patience, http2)
    NameServer({trial.host: trial.row.host for each in scenes for trial in each.trials if trial.row.host}).start()
    try:
        http2.start()
        for scene in scenes:
            scene.start()
        for scene in scenes:
            scene.begin()
        watch(scenes)
        for scene in scenes:
            scene.stop()
        misled = [f"a redirect was followed: {request}" for request in elsewhere.requests]
        return [
            *judge(scenes), Result("no redirect is followed", "", misled),
            Result("the proxy is asked for addresses only", f"{len(proxy.asked)} times", named(proxy)),
        ]
    finally:
        for scene in scenes:
            scene.relay.kill()
        http2.stop()


def named(proxy: ConnectProxy) -> list[str]:
    """Targets that were host names, or that were not asked for with CONNECT."""
    return [f"asked for {target}" for target in proxy.asked if not target[0].isdigit() and not target.startswith("[")]


def build(
    rows: list[Row], authority: Authority, directory: Path, patience: float, http2: HTTP2Receivers,
) -> list[Scene]:
    """The daemons that the rows need, each row with its port."""
    binary = copy_binary(directory)
    scenes: dict[str, Scene] = {}
    for number, row in enumerate(rows, 1):
        if row.daemon not in scenes:
            port = ELSEWHERE_PORT - 1 - len(scenes)
            scenes[row.daemon] = Scene(
                row.daemon, binary, directory / row.daemon, directory / "certificates", port, patience)
        scenes[row.daemon].add(start_receiver(Trial(row, ELSEWHERE_PORT + number), authority, http2))
    return list(scenes.values())


def start_receiver(trial: Trial, authority: Authority, http2: HTTP2Receivers) -> Trial:
    if isinstance(trial.row.receiver, HTTP2):
        certificate = authority.certificate(trial.row.tls or TLSEnd(), trial.host)
        trial.receiver = http2.add(trial.port, trial.row.receiver.behaviour, *certificate)
    elif trial.row.receiver:
        tls = authority.context(trial.row.tls, trial.host) if trial.row.tls else None
        trial.receiver = RawReceiver(trial.port, trial.row.receiver, tls)
    return trial


def watch(scenes: list[Scene]) -> None:
    """Until every row is final, or the time is over."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline and not all([scene.advance() for scene in scenes]):
        time.sleep(POLL)


def judge(scenes: list[Scene]) -> list[Result]:
    results = []
    for scene in scenes:
        results += [Result.of(trial, objections(scene, trial)) for trial in scene.trials]
        results.append(Result(f"daemon {scene.name} is the same process", scene.describe(), judge_daemon(scene)))
    return results


if __name__ == "__main__":
    sys.exit(main())
