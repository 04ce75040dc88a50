#!/usr/bin/env bash
# Runs the fault matrix: broken receivers of every known kind. Checks the outcome of each, and that other receivers are unaffected.
# Tests/faults.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FLOCK_RELAY="${FLOCK_RELAY:-$PWD/.build/release/flock-relay}"
exec python3 Tests/faults/faults.py "$@"
