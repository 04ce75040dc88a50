#!/usr/bin/env bash
# Runs every workload of relay-bench and writes docs/benchmarks: figures.md, plots, and all values as JSON. Takes an hour.
# Tests/benchmarks.sh NAME… runs only some: throughput, flock-throughput, latency, flock, intake, registrations, resources,
# instructions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/install-missing.sh nginx-light openssl wrk syslog-ng-core syslog-ng-mod-http valgrind binutils
Tests/RelayBench/contenders/python-environment.sh
swift build -c release --product flock-relay
swift build -c release --product relay-bench

folder=docs/benchmarks
mkdir -p "$folder/parts"
measure() { # NAME TITLE ARGUMENTS…
    local name=$1 title=$2
    shift 2
    if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" $name "* ]]; then return; fi
    { echo "## $title"; echo; .build/release/relay-bench "$@" --json "$folder/$name.json" --svg "$folder"; } \
        >"$folder/parts/$name.md"
}

wanted=("$@")
measure throughput "Full load" throughput --workload one receivers large huge https
measure flock-throughput "Full load, Flock's own webhooks" throughput --only durable flock flock-sender --seconds 5
measure latency "Latency" latency
measure flock "Latency on a Flock server" flock
measure intake "Intake" intake
measure registrations "Registrations" registrations
measure resources "Start, memory and disk" resources
measure instructions "Instructions" instructions --rounds 2

{
    echo "# Figures"
    echo
    echo "Written by \`Tests/benchmarks.sh\`. [benchmarks.md](../benchmarks.md) says what is measured, and how."
    for name in throughput flock-throughput latency flock intake registrations resources instructions; do
        [ ! -e "$folder/parts/$name.md" ] || { echo; cat "$folder/parts/$name.md"; }
    done
} >"$folder/figures.md"
