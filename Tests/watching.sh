#!/usr/bin/env bash
# Measures the cost of monitoring and live views: scrapes, the live page, a reader of the stream of attempts, exported spans.
# Tests/watching.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture:$tests/faults"
exec python3 "$tests/isolation/watching.py" "$@"
