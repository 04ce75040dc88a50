#!/usr/bin/env bash
# Breaks one receiver in every way that is known, and checks what the relay makes of each and that nobody else notices.
# Tests/faults.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FLOCK_RELAY="${FLOCK_RELAY:-$PWD/.build/release/flock-relay}"
exec python3 Tests/faults/faults.py "$@"
