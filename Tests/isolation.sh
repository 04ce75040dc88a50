#!/usr/bin/env bash
# Measures what bad receivers cost the healthy ones: p95 latency with and without them.
# Tests/isolation.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture:$tests/faults"
exec python3 "$tests/isolation/isolation.py" "$@"
