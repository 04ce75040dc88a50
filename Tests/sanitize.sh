#!/usr/bin/env bash
# The module tests and the tests of the real binary under the thread or the address sanitizer.
#
#     Tests/sanitize.sh thread|address [options of swift test, e.g. --filter DeliveryTests]
#
# Whatever a sanitizer reports, in the tests or the daemons, is printed and makes the exit status 1.
# The first build takes about ten minutes; it has a directory of its own, .build-tsan or .build-asan.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sanitizer=${1:-}
case $sanitizer in
thread) configuration=debug scratch=.build-tsan ;;
address) configuration=release scratch=.build-asan ;;
*)
    echo "usage: Tests/sanitize.sh thread|address [options of swift test]" >&2
    exit 2
    ;;
esac
shift

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

options=(-c "$configuration" --sanitize "$sanitizer" --scratch-path "$scratch")
if [ "$sanitizer" = address ]; then
    # Of what was freed little is kept: it counts as the relay's memory, which tests have bounds for.
    export ASAN_OPTIONS="log_path=$reports/report:detect_leaks=0:quarantine_size_mb=16"
else
    # By this variable the tests know how much memory to allow.
    export TSAN_OPTIONS="log_path=$reports/report"
    mkdir -p "$scratch"
    clang -O1 -fPIC -c Tests/sanitizers/mutex.c -o "$scratch/mutex.o" || exit 1
    options+=(-Xlinker "$PWD/$scratch/mutex.o")
fi
swift build "${options[@]}" --build-tests || exit 1
# One at a time: sanitized processes are slow, and the tests have time limits.
swift test "${options[@]}" --skip-build --disable-testable-imports --no-parallel "$@" || failed=1

found=$(find "$reports" -type f | wc -l)
[ "$found" -eq 0 ] || cat "$reports"/*
echo "processes that the $sanitizer sanitizer reported something of: $found"
[ "$found" -eq 0 ] && [ -z "${failed:-}" ]
