#!/bin/sh
# Line coverage: the suite `counted` in a build with counters, build/coverage; then check.py. Prints TAP.
# Not optimized, so that lines are counted as they stand; without the longest runs, which repeat what shorter ones reach.
#   run.sh [--apart]      --apart: how the tests ended is not told here, but in build/coverage/meson-logs/testlog.junit.xml alone
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
if [ ! -f build/coverage/build.ninja ]; then
    # gcc warns of more where it does not optimize.
    CC=gcc CXX=g++ CC_LD=lld CXX_LD=lld meson setup build/coverage -Dbench=false -Dbuildtype=debug -Db_coverage=true -Dwerror=false >build/coverage.log 2>&1 ||
        { echo 1..1; sed 's/^/# /' build/coverage.log; echo "not ok - the build with counters is set up"; exit 1; }
fi
ninja -C build/coverage build.ninja >build/coverage.log 2>&1 && targets=$(tests/needs.py build/coverage counted) &&
    # shellcheck disable=SC2086
    ninja -C build/coverage $targets >build/coverage.log 2>&1 ||
    { echo 1..1; grep -v '^\[' build/coverage.log | head -n 60 | sed 's/^/# /'; echo "not ok - the build with counters"; exit 1; }
find build/coverage -name '*.gcda' -delete
good=1
# A witness and a mirror open no file but their own, and so could not write their counters: PARLEY_COUNTED lets them do without.
PARLEY_COUNTED=1 PARLEY_DAYS=1 PARLEY_EVERY=3 PARLEY_PART=4 PARLEY_INDEX_MOST=10000 meson test -C build/coverage --num-processes $(($(nproc) + 1)) --no-rebuild --print-errorlogs --suite counted >build/coverage.log 2>&1 || good=0
if [ $good = 0 ]; then tail -n 300 build/coverage.log | sed 's/^/# /'; fi
case "${1:-} $good" in
    "--apart "*) /usr/bin/python3 tests/coverage/check.py build/coverage || good=0 ;;
    *1) /usr/bin/python3 tests/coverage/check.py --tests=ok build/coverage || good=0 ;;
    *) /usr/bin/python3 tests/coverage/check.py "--tests=not ok" build/coverage || good=0 ;;
esac
[ $good = 1 ]
