#!/usr/bin/env bash
# Sends millions of deliveries through one daemon; measures memory, descriptors and outbox size, and checks for losses.
# Tests/endurance.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture"
exec python3 "$tests/isolation/endurance.py" "$@"
