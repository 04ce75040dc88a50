"""A network of our own with addresses that look public, and a resolver and certificate authorities of our own.

Everything goes with the process; nothing leaves the machine, and nobody else sees it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSIDE = "FAULTS_HAS_PRIVATE_NETWORK"

PUBLIC = "93.184.216.34"
"""Where receivers with a public address are. Receivers listen on all addresses of the namespace."""
OTHER_PUBLIC = "93.184.216.35"
PUBLIC_IPV6 = "2606:2800:220:1:248:1893:25c8:1946"
PRIVATE = "10.66.0.1"
"""A private address with receivers: what reaches one has got past the address guard."""
BLACK_HOLE = "93.184.216.66"
"""Routed to the loopback device and nobody's address: every packet to it is dropped without a word."""
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
    """Start this program anew in namespaces of its own, or end with what is missing."""
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
        "the fault matrix needs a network and mount namespace of its own and is not allowed to make one: "
        "run it as root, in a container with --cap-add SYS_ADMIN --cap-add NET_ADMIN")


def prepare(directory: Path, authorities: bytes) -> None:
    """Bring up the network, and put our resolver and our certificate authorities (PEM) in place of the system's."""
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
    """Show ``content`` at ``target``, a file that is there, to this mount namespace."""
    if not target.exists():
        sys.exit(f"{target} is missing and cannot be covered: touch it (package ca-certificates has the last one)")
    source = directory / target.name
    source.write_bytes(content)
    run("mount", "--bind", str(source), str(target.resolve()))


def run(*command: str) -> None:
    """Run a command that has to succeed, or end with what it said."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
