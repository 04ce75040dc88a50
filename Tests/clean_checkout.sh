#!/usr/bin/env bash
# Installs the bridge from a fresh clone as the README says, and checks that git sees no change in the clone afterwards.
# Tests/run.sh checks the same of everything that builds and runs in this checkout.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python=$PWD/.venv/bin/python

git clone --quiet . "$scratch/clone"
cd "$scratch/clone"
# Not into .venv, which has the bridge of this checkout; its dependencies write nothing here.
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$scratch/site" ./deploy/flock
[ -d "$scratch/site/flock_relay" ] || { echo "pip did not install the bridge" >&2; exit 1; }

changes=$(git status --porcelain)
if [ -n "$changes" ]; then
    printf 'pip install ./deploy/flock leaves files that git sees:\n%s\n' "$changes" >&2
    exit 1
fi
