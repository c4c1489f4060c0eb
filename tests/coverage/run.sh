#!/bin/sh
# Line coverage: the quick tests (and those of the log floor) in a build with counters, build/coverage; then check.py. Prints TAP.
# Not optimized, so that lines are counted as they stand; without the longest runs, which repeat what shorter ones reach.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
if [ ! -f build/coverage/build.ninja ]; then
    # gcc warns of more where it does not optimize.
    CC=gcc CXX=g++ meson setup build/coverage -Dbench=false -Dbuildtype=debug -Db_coverage=true -Dwerror=false >build/coverage.log 2>&1 ||
        { cat build/coverage.log; echo "not ok - the build with counters is set up"; exit 1; }
fi
ninja -C build/coverage >build/coverage.log 2>&1 || { grep -v '^\[' build/coverage.log | head -n 60; echo "not ok - the build with counters"; exit 1; }
find build/coverage -name '*.gcda' -delete
left_out='sim|verifier/verifier-bytes-py|hostile/hostile-py|core/index_.*|core/owner_first|geo/digest|layers|audit/.*|vectors/.*-py|side/.*|system/(kill|swiss|restart)-py'
# shellcheck disable=SC2046
PARLEY_DAYS=1 PARLEY_EVERY=3 meson test -C build/coverage --no-rebuild --print-errorlogs \
    $(meson test -C build/coverage --no-rebuild --list 2>/dev/null | sed 's/.* \/ //' | grep '/\|^sim' | grep -Evx "$left_out") >build/coverage.log 2>&1 ||
    { grep -E 'FAIL|ERROR|TIMEOUT' build/coverage.log | sed 's/^/# /'; echo "not ok - the quick tests in the build with counters (build/coverage.log)"; }
/usr/bin/python3 tests/coverage/check.py build/coverage
