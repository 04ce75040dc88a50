#!/usr/bin/env bash
# Feeds the relay's parsers with inputs from libFuzzer: no input may trap, hang or violate a property.
# Exit status 1 if there is a finding, which is kept in .build-fuzz/findings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'END'
usage: Tests/fuzz.sh [TARGET…] [--runs N | --seconds S] [--workers N]
  TARGET       lines (event socket to webhook body), texts (URLs, times, secrets …), responses (of receivers);
               default: all, one after the other
  --runs N     inputs for each worker of each target, default 100000
  --seconds S  time for each target, instead of --runs
  --workers N  parallel processes for each target, default 1
END
}

targets=()
limit=-runs=100000
workers=1
while [ $# -gt 0 ]; do
    case $1 in
        lines | texts | responses) targets+=("$1") ;;
        --runs) limit=-runs=${2:?}; shift ;;
        --seconds) limit=-max_total_time=${2:?}; shift ;;
        --workers) workers=${2:?}; shift ;;
        --help) usage; exit ;;
        *) usage >&2; exit 64 ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=(lines texts responses)

scratch=$PWD/.build-fuzz
build() { swift build -c release --package-path Tests/fuzz --scratch-path "$scratch" "$@"; }
build
programs=$(build --show-bin-path)

# The runtime's backtrace of a trap takes longer than the rest of the run, and libFuzzer reports the trap, too.
export SWIFT_BACKTRACE=enable=no

run() {
    local target=$1 worker=$2
    local program=Fuzz${target^}
    mkdir -p "$scratch/corpus/$target" "$scratch/findings"
    "$programs/$program" "$limit" -max_len=2048 -timeout=10 -print_final_stats=1 \
        -dict="Tests/fuzz/$target.dict" -artifact_prefix="$scratch/findings/$target-" \
        "$scratch/corpus/$target" "Tests/fuzz/corpus/$target" >"$scratch/$target-$worker.log" 2>&1
}

failed=0
for target in "${targets[@]}"; do
    pids=()
    for ((worker = 1; worker <= workers; worker++)); do
        run "$target" "$worker" &
        pids+=($!)
    done
    for ((worker = 1; worker <= workers; worker++)); do
        log=$scratch/$target-$worker.log
        if wait "${pids[worker - 1]}"; then
            awk -v target="$target" '/number_of_executed_units/ { n = $2 } /average_exec_per_sec/ { s = $2 }
                END { print target ": " n " inputs, " (s ? s "/s, " : "") "nothing found" }' "$log"
        else
            failed=1
            echo "$target: FOUND" >&2
            grep -aE 'Fatal error|ERROR:|SUMMARY:|Test unit written' "$log" >&2 || tail -n 20 "$log" >&2
        fi
    done
done
exit $failed
