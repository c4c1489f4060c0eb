#!/bin/sh
# Every input that comes from outside has a fuzz target (tests/fuzz/*_fuzz.c; clang's libFuzzer, address and undefined sanitizers).
#   tests/fuzz.sh quick      builds them and runs each for some seconds (PARLEY_FUZZ_SECONDS, 3), two at a time; prints TAP
#   tests/fuzz.sh MINUTES    each for so many minutes
# Before that every input of tests/fuzz/regress/TARGET (what once broke it) runs once. The corpus grows in build/fuzz/corpus from seeds that the
# targets write themselves; with ../shared NOTAM and track files are seeds too. An input that breaks a target is left in build/fuzz/found:
# once mended, it goes to tests/fuzz/regress.
set -eu
cd "$(dirname "$0")/.."
case ${1:?quick or minutes} in
    quick) seconds=${PARLEY_FUZZ_SECONDS:-3} ;;
    *) seconds=$(($1 * 60)) ;;
esac
shared=${PARLEY_SHARED:-$(cd .. && pwd)/shared}
if [ ! -f build/fuzz/build.ninja ]; then
    CC=clang CXX=clang++ CC_LD=lld CXX_LD=lld meson setup build/fuzz -Dfuzz=true -Dtests=false -Dbench=false -Dbuildtype=custom -Doptimization=1 -Dc_args=-gline-tables-only -Dcpp_args=-gline-tables-only \
        -Db_sanitize=address,undefined -Db_lundef=false >build/fuzz.log 2>&1 || { cat build/fuzz.log; echo "not ok - fuzz targets are set up"; exit 1; }
fi
ninja -C build/fuzz fuzz >build/fuzz.log 2>&1 || { grep -v '^\[' build/fuzz.log | head -n 60; echo "not ok - fuzz targets build"; exit 1; }

why() { # what of a log tells the reason
    grep -v '^#[0-9]\|NEW_FUNC\|^INFO\|libFuzzer has\|Combine lib\|^stat\|libc\|fuzzer::\|^0x\|_start\|^Dictionary' "$1" | cut -c1-240 | tail -n 25 | sed 's/^/# /'
}
one() { # target: its TAP lines
    target=$1
    program=build/fuzz/tests/fuzz/${target}_fuzz
    corpus=build/fuzz/corpus/$target ; log=build/fuzz/$target.log
    rm -rf "build/fuzz/seeds/$target"
    mkdir -p "$corpus" "build/fuzz/seeds/$target" build/fuzz/found
    # A minute of the processor's time, not of the clock's: a busy machine is no reason.
    (ulimit -t 60 && exec "$program" "--seeds=build/fuzz/seeds/$target") >"$log" 2>&1 || { echo "not ok - fuzz $target: seeds are written ($log)"; return; }
    case $target in
        notam_file) from=$(find "$shared" -path '*notam*' -type f -size -64k 2>/dev/null | sort | head -n 40) ;;
        track_file) from=$(find "$shared" -name '*.json.gz' -type f -size -16k 2>/dev/null | sort | head -n 10) ;;
        *) from= ;;
    esac
    for file in $from; do { [ "$target" = notam_file ] || printf p; cat "$file"; } >"build/fuzz/seeds/$target/shared-$(basename "$file")"; done
    set -- -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 "-artifact_prefix=build/fuzz/found/$target-"
    dictionary=tests/fuzz/dict/$target.dict
    [ ! -f "$dictionary" ] || set -- "$@" "-dict=$dictionary"
    if [ -d "tests/fuzz/regress/$target" ]; then
        if "$program" "$@" "tests/fuzz/regress/$target"/* >"$log" 2>&1; then
            echo "ok - fuzz $target: the inputs that once broke it, $(find "tests/fuzz/regress/$target" -type f | wc -l)"
        else
            echo "not ok - fuzz $target: an input that once broke it ($log)"
            why "$log"
        fi
    fi
    if "$program" "$@" "-max_total_time=$seconds" "$corpus" "build/fuzz/seeds/$target" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        if [ "${runs:-0}" -gt 0 ]; then
            echo "ok - fuzz $target: $runs executions in $seconds s, $(find "$corpus" -type f | wc -l) inputs in the corpus, $(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2) edges"
        else
            echo "not ok - fuzz $target: nothing was executed ($log)"
        fi
    else
        echo "not ok - fuzz $target: see $log and build/fuzz/found/$target-*"
        why "$log"
    fi
}

targets=$(for file in tests/fuzz/*_fuzz.c; do basename "$file" _fuzz.c; done)
half() { # 0 or 1: every second target
    i=0
    for target in $targets; do
        [ $((i % 2)) != "$1" ] || one "$target"
        i=$((i + 1))
    done
}
half 0 >build/fuzz/half-0.tap &
half 1 >build/fuzz/half-1.tap
wait
# A half that ended early would be fewer lines, all of them good.
for target in $targets; do
    grep -q "^ok - fuzz $target: [0-9]* executions\|^not ok - fuzz $target:" build/fuzz/half-0.tap build/fuzz/half-1.tap || echo "not ok - fuzz $target: its half ended before it was run" >>build/fuzz/half-1.tap
done
echo "1..$(cat build/fuzz/half-0.tap build/fuzz/half-1.tap | grep -c '^ok\|^not ok')"
cat build/fuzz/half-0.tap build/fuzz/half-1.tap
! grep -q '^not ok' build/fuzz/half-0.tap build/fuzz/half-1.tap
