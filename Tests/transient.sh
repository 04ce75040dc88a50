#!/usr/bin/env bash
# Counts how many artifacts arrive although their receivers fail 30 % of all attempts.
# Tests/transient.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture"
exec python3 "$tests/isolation/transient.py" "$@"
