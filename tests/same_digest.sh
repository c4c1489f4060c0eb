#!/bin/sh
# The same journal, the same digest: a journal is taken by the first build's server and recomputed by every build. The same seeds, the same
# digest: the whole-system simulation lives some days in every build.
# Usage: tests/same_digest.sh BUILD-DIR…; prints TAP.
set -u
cd "$(dirname "$0")/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
first=$1
echo "1..$((2 * $#))"
if ! PARLEY_BIN=$PWD/$first/src/parley tools/demonstration --script-only --port "$port" --data "$room/day" >"$room/out" 2>&1; then
    sed 's/^/# /' "$room/out"
    number=0
    for build in "$@" "$@"; do number=$((number + 1)); echo "not ok $number - $build: no journal to recompute"; done
    exit 1
fi
number=0 ; expected= ; status=0
for build in "$@"; do
    number=$((number + 1))
    digest=$("$build/src/parley" log check "$room/day/log" --json 2>"$room/why" | sed -n 's/.*"digest":"\([0-9a-f]*\)".*/\1/p')
    [ -n "$expected" ] || expected=$digest
    if [ -n "$digest" ] && [ "$digest" = "$expected" ]; then
        echo "ok $number - $build: digest $digest"
    else
        echo "not ok $number - $build: digest '$digest', expected '$expected'"
        sed 's/^/# /' "$room/why"
        status=1
    fi
done
# Capacities of four, faults at every turn, a busy log: the quick ones.
seeds="3 7 8" ; expected=
for build in "$@"; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    digests=$("$build/tests/sim_test" --digest $seeds 2>"$room/why" | sed -n 's/^\([0-9]* [0-9a-f]\{64\}\)$/\1/p')
    [ -n "$expected" ] || expected=$digests
    if [ "$(echo "$digests" | wc -l)" = 3 ] && [ "$digests" = "$expected" ]; then
        echo "ok $number - $build: simulated days of the seeds $seeds"
    else
        echo "not ok $number - $build: simulated days of the seeds $seeds"
        echo "$digests" | sed 's/^/# /'
        echo "$expected" | sed 's/^/# expected /'
        sed 's/^/# /' "$room/why"
        status=1
    fi
done
exit $status
