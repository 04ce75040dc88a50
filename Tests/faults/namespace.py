"""A private network namespace with addresses that look public, its own resolver and its own certificate authorities.

Everything ends with the process. Nothing leaves the machine or is visible to other processes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSIDE = "FAULTS_HAS_PRIVATE_NETWORK"

PUBLIC = "93.184.216.34"
"""A public address of receivers. Receivers listen on all addresses of the namespace."""
OTHER_PUBLIC = "93.184.216.35"
PUBLIC_IPV6 = "2606:2800:220:1:248:1893:25c8:1946"
PRIVATE = "10.66.0.1"
"""A private address with receivers: a request that arrives there has passed the address guard by mistake."""
BLACK_HOLE = "93.184.216.66"
"""Routed to the loopback device, but not assigned: every packet to it is dropped without an error."""
UNROUTED = "93.184.216.99"
"""There is no route to it."""
UNROUTED_IPV6 = "2606:2800:220:1::99"
BLACK_HOLE_IPV6 = "2606:2800:220:1::66"

RESOLVER = {
    "/etc/resolv.conf": "nameserver 127.0.0.1\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
}
TRUST_STORE = Path("/etc/ssl/certs/ca-certificates.crt")
"""Where libcurl looks for certificate authorities."""


def enter() -> None:
    """Restart this program in its own namespaces, or end with a message about what is missing."""
    if os.environ.get(INSIDE):
        return
    for tool in ("unshare", "ip", "mount", "openssl"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install util-linux iproute2 mount openssl")
    for user in ([], ["--map-root-user"]):
        unshare = ["unshare", "--net", "--mount", "--propagation", "private", *user]
        if subprocess.run([*unshare, "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0:
            command = [*unshare, sys.executable, *sys.argv]
            os.execvpe(command[0], command, os.environ | {INSIDE: "1"})
    sys.exit(
        "the fault matrix needs its own network and mount namespace and is not allowed to create them: "
        "run it as root, in a container with --cap-add SYS_ADMIN --cap-add NET_ADMIN")


def prepare(directory: Path, authorities: bytes) -> None:
    """Set up the network, and replace the system's resolver and certificate authorities (PEM)."""
    run("ip", "link", "set", "lo", "up")
    for address in (PUBLIC, OTHER_PUBLIC, PRIVATE):
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    run("ip", "address", "add", f"{PUBLIC_IPV6}/128", "dev", "lo", "nodad")
    run("ip", "route", "add", f"{BLACK_HOLE}/32", "dev", "lo")
    run("ip", "route", "add", f"{BLACK_HOLE_IPV6}/128", "dev", "lo")
    for target, text in RESOLVER.items():
        put(directory, Path(target), text.encode())
    put(directory, TRUST_STORE, authorities)


def put(directory: Path, target: Path, content: bytes) -> None:
    """Replace the content of the existing file ``target`` within this mount namespace."""
    if not target.exists():
        sys.exit(f"{target} is missing and cannot be mounted over: create it (package ca-certificates has the last one)")
    source = directory / target.name
    source.write_bytes(content)
    run("mount", "--bind", str(source), str(target.resolve()))


def run(*command: str) -> None:
    """Run a command, or end with its error message."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
