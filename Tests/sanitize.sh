#!/usr/bin/env bash
# Runs the module tests and the tests of the real binary with the thread or the address sanitizer.
#
#     Tests/sanitize.sh thread|address [options of swift test, e.g. --filter DeliveryTests]
#
# Reports of a sanitizer, in the tests or in daemons, are printed and make the exit status 1.
# The first build takes about ten minutes; it uses its own directory, .build-tsan or .build-asan.
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
    # The quarantine of freed memory is small, because it counts towards the memory bounds of tests.
    export ASAN_OPTIONS="log_path=$reports/report:detect_leaks=0:quarantine_size_mb=16"
else
    # If this variable is set, the tests allow more memory.
    export TSAN_OPTIONS="log_path=$reports/report:suppressions=$PWD/Tests/sanitizers/thread.supp"
    mkdir -p "$scratch"
    clang -O1 -fPIC -c Tests/sanitizers/mutex.c -o "$scratch/mutex.o" || exit 1
    options+=(-Xlinker "$PWD/$scratch/mutex.o")
fi
swift build "${options[@]}" --build-tests || exit 1
# One at a time: sanitized processes are slow, and the tests have time limits.
swift test "${options[@]}" --skip-build --disable-testable-imports --no-parallel "$@" || failed=1

found=$(find "$reports" -type f | wc -l)
[ "$found" -eq 0 ] || cat "$reports"/*
echo "processes with reports of the $sanitizer sanitizer: $found"
[ "$found" -eq 0 ] && [ -z "${failed:-}" ]
