#!/usr/bin/env bash
# Creates .venv for the Python tests: Python 3.12 or newer, flock-core, and the bridge of this checkout.
# With a version (3.12, 3.13), creates .venv-VERSION with that Python; exit status 3 if it is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:-}
environment=.venv${version:+-$version}

is_suitable() {
    "$1" -c 'import sys, venv, ensurepip
found = "%d.%d" % sys.version_info[:2]
sys.exit(sys.version_info < (3, 12) or sys.argv[1] not in ("", found))' "$version" 2>/dev/null
}

find_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.14 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        if is_suitable "$candidate"; then echo "$candidate"; return; fi
    done
    return 1
}

if ! is_suitable "$environment/bin/python"; then
    if ! python=$(find_python); then
        if [ -n "$version" ]; then echo "Python $version is not installed" >&2; exit 3; fi
        # Debian 13 and Ubuntu 24.04 have a suitable Python; on older systems install one by other means, e.g. pyenv.
        deploy/install-missing.sh python3 python3-venv
        python=$(find_python) || { echo "flock-core needs Python 3.12 or newer: install one and run this again" >&2; exit 1; }
    fi
    echo "Making $environment with $("$python" --version)"
    "$python" -m venv --clear "$environment"
fi

stamp=$environment/installed
wanted=$(cat Tests/flock/requirements.txt deploy/flock/pyproject.toml | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing flock-core and the test packages into $environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r Tests/flock/requirements.txt -e deploy/flock
    echo "$wanted" >"$stamp"
fi
