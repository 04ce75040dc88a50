#!/usr/bin/env bash
# Runs all tests: style, modules, the real binary, service managers, the receivers of the documentation, a real Flock server.
# Installs missing packages. With CI=true a part that cannot run is a failure. The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
failed_steps=0
seen_by_git=$(git status --porcelain)

step() { echo; echo "== $1"; }
fail() { echo "FAILED: $1" >&2; failed_steps=$((failed_steps + 1)); }

# Runs a command as one test case of the summary; it passes if the exit status is 0.
run_case() {
    local name=$1
    shift
    if "$@"; then
        echo "<testsuite><testcase name=\"$name\"/></testsuite>" >"$reports/$name.xml"
    else
        fail "$name"
    fi
}

finish() {
    step "Nothing that ran has changed what git sees"
    run_case same-checkout diff <(echo "$seen_by_git") <(echo "$(git status --porcelain)")
    step "Summary"
    python3 Tests/count.py "$failed_steps" "$reports"
    exit
}

step "Packages"
deploy/install-missing.sh libcurl4-openssl-dev libidn2-dev libssl-dev libsqlite3-dev sqlite3 nodejs curl openssl ca-certificates iproute2 python3 systemd tmux procps || fail "packages"

step "Style"
swift format lint --strict -r Package.swift Sources Tests || fail "swift format"

step "Build"
if ! swift build -c release --build-tests --explicit-target-dependency-import-check error; then
    fail "build"
    finish
fi
FLOCK_RELAY=$(swift build -c release --show-bin-path)/flock-relay
export FLOCK_RELAY

step "Modules and the real binary"
swift test -c release --skip-build --disable-testable-imports --xunit-output "$reports/swift.xml" >"$reports/swift.log" 2>&1
swift_status=$?
grep -E '^✘|recorded an issue|Test run with|error:' "$reports/swift.log"
[ $swift_status -eq 0 ] || [ -n "$(find "$reports" -name 'swift*.xml')" ] || fail "swift test"

step "Nothing acknowledged is lost: kill -9 under load"
run_case torture Tests/torture.sh --rounds 25 --kills-per-round 2
run_case promise python3 Tests/torture/promise.py --repetitions 10
run_case completions python3 Tests/torture/completions.py --workflows 300 --seconds 8 --kills 6
run_case io-errors python3 Tests/torture/io_errors.py
run_case clock-steps python3 Tests/torture/clock_steps.py

step "Bad receivers do not affect others: the fault matrix, and receivers that fail 30 % of attempts"
# The time bounds of the matrix are for an idle machine.
Tests/faults.sh --patience 3 --junit "$reports/faults.xml" | grep -v '^ok'
run_case transient Tests/transient.sh
run_case hostile Tests/hostile.sh --short --count 45000

step "Odd but sound answers: read as curl, Python and node read them"
python3 Tests/answers/answers.py --answers 1000 --junit "$reports/answers.xml" || [ -e "$reports/answers.xml" ] || fail "answers"

step "The JSON scanner, with a fuzzer and compared with another parser"
run_case fuzz Tests/fuzz.sh --runs 50000
python3 Tests/differential/differential.py --documents 5200 --junit "$reports/differential.xml"

step "Python environment"
if Tests/python-environment.sh; then
    run_case clean-checkout Tests/clean_checkout.sh
    run_case bridge-types .venv/bin/python -m mypy --strict --config-file deploy/flock/pyproject.toml deploy/flock/src
    step "Under a service manager"
    .venv/bin/python -m pytest -q --junitxml "$reports/supervision.xml" Tests/supervision
    step "The live page in headless Chromium"
    deploy/install-missing.sh chromium || fail "chromium"
    .venv/bin/python -m pytest -q --junitxml "$reports/page.xml" Tests/page
    step "Answers of the status socket, and their schemas"
    .venv/bin/python -m pytest -q --junitxml "$reports/status.xml" Tests/status
    step "A real Prometheus, its rules and the dashboard"
    deploy/install-missing.sh prometheus || fail "prometheus"
    .venv/bin/python -m pytest -q --junitxml "$reports/monitoring.xml" Tests/monitoring
    step "Receivers of the documentation, and a real Flock server"
    .venv/bin/python -m pytest -q -p no:cacheprovider --junitxml "$reports/receivers.xml" Tests/receivers
    .venv/bin/python -m pytest -q -p no:cacheprovider --junitxml "$reports/flock.xml" Tests/flock
    step "The end of workflows of random shape, compared with what their agents did"
    run_case completion .venv/bin/python Tests/flock/completion.py --workflows 100
    run_case completion-delivered .venv/bin/python Tests/flock/completion.py --workflows 50 --delivered
    for version in 3.12 3.13; do
        .venv/bin/python --version | grep -qF "$version." && continue
        step "The bridge with Python $version"
        Tests/python-environment.sh "$version"
        case $? in
            0) ".venv-$version/bin/python" -m pytest -q -p no:cacheprovider --junitxml "$reports/flock-$version.xml" \
                Tests/flock/test_bridge_*.py Tests/flock/test_hazards.py Tests/flock/test_visibility.py \
                Tests/flock/test_idle.py Tests/flock/test_application.py ;;
            3) ;;  # Not installed on this machine.
            *) fail "Python environment $version" ;;
        esac
    done
else
    fail "Python environment"
fi

finish
