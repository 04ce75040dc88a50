#!/usr/bin/env bash
# What it brings that each sender keeps to one processor: throughput and processor time with and without, in turn.
# Tests/pinning.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture"
exec python3 "$tests/isolation/pinning.py" "$@"
