#!/usr/bin/env bash
# Millions of deliveries through one daemon: memory, descriptors, size of the outbox, and nothing lost.
# Tests/endurance.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture"
exec python3 "$tests/isolation/endurance.py" "$@"
