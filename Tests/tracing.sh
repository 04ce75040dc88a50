#!/usr/bin/env bash
# Measures the cost of exporting spans, and the effect of an OTLP endpoint that fails, with one nginx as receiver.
# Tests/tracing.sh --help shows the options. The binary: FLOCK_RELAY, else the release build.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLOCK_RELAY="${FLOCK_RELAY:-$tests/../.build/release/flock-relay}"
export PYTHONPATH="$tests/torture"
command -v nginx >/dev/null || "$tests/../deploy/install-missing.sh" nginx-light
exec python3 "$tests/isolation/tracing.py" "$@"
