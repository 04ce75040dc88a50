#!/usr/bin/env bash
# Compares two binaries of the relay, in alternating runs with one nginx as receiver.
# Tests/versions.sh --help shows the options. The newer binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture"
command -v nginx >/dev/null || "$tests/../deploy/install-missing.sh" nginx-light
exec python3 "$tests/isolation/versions.py" "$@"
