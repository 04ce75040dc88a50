#!/usr/bin/env bash
# Creates .venv-bench for the hand-written relay: aiohttp and uvloop, with the Python of .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
Tests/python-environment.sh
[ -x .venv-bench/bin/python ] || .venv/bin/python -m venv .venv-bench
.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r Tests/RelayBench/contenders/requirements.txt
