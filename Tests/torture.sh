#!/usr/bin/env bash
# Kills the relay at random times under load and checks that nothing acknowledged is lost.
# Tests/torture.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FLOCK_RELAY="${FLOCK_RELAY:-$PWD/.build/release/flock-relay}"
exec python3 Tests/torture/torture.py "$@"
