#!/usr/bin/env bash
# From a fresh clone to a running demo: installs what is missing, builds the relay, and shows it at work.
# Needs Debian or Ubuntu and a Swift 6.2 toolchain or newer on the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v swift >/dev/null; then
    echo "There is no swift on the PATH. Install a toolchain from https://www.swift.org/install and run this again." >&2
    exit 1
fi
deploy/install-missing.sh libcurl4-openssl-dev libidn2-dev libssl-dev libsqlite3-dev

echo "Building the relay (the first time takes a few minutes)"
swift build -c release --product flock-relay
binary=$(swift build -c release --show-bin-path)/flock-relay

echo
"$binary" demo
echo
echo "The relay is at $binary; try: $binary serve --help"
