#!/usr/bin/env bash
# Sends a million hostile replies, mutated from those of the fault matrix, beside a healthy receiver.
# Tests/hostile.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture:$tests/faults"
exec python3 "$tests/isolation/hostile.py" "$@"
