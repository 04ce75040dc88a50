#!/usr/bin/env bash
# Measures latency while the daemon's log is not read, and counts its records.
# Tests/blocked-log.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture:$tests/faults"
exec python3 "$tests/isolation/blocked_log.py" "$@"
