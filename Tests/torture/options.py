"""The command line of Tests/torture.sh."""

from __future__ import annotations

import argparse


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Tests/torture.sh",
        description="Kills the relay at random times under load, and checks that nothing acknowledged is lost. "
        "The binary: FLOCK_RELAY, else the release build.")
    parser.add_argument("--rounds", type=int, default=50, help="rounds of about a second [50]")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no round after this time [no limit]")
    parser.add_argument("--seed", default="1", help="seed of everything but the timing [1]")
    parser.add_argument("--kills-per-round", type=int, default=1, help="how often the daemon is killed in a round [1]")
    parser.add_argument("--writers", type=int, default=4, help="writers with acknowledgements [4]")
    parser.add_argument("--lines-per-round", type=int, default=50, help="lines of each writer in a round [50]")
    parser.add_argument("--receivers", type=int, default=4, help="number of receivers, ports on loopback [4]")
    parser.add_argument("--keep-receivers", action="store_true", help="no workflow moves to another receiver")
    parser.add_argument("--drain-seconds", type=float, default=60, help="maximum wait without progress at the end [60]")
    parser.add_argument("--small-disk", action="store_true",
                        help="instead of kills, fill up the state directory and free it again in each round (needs root)")
    parser.add_argument("--disk-size", default="8m", help="size of that file system, as for mount [8m]")
    parser.add_argument("--keep", action="store_true", help="keep the working directory")
    return parser.parse_args(arguments)
