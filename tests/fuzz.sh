#!/bin/sh
# Each fuzz target for so many minutes, with clang's libFuzzer and sanitizers. Usage: tests/fuzz.sh MINUTES; prints TAP and totals.
set -eu
cd "$(dirname "$0")/.."
minutes=$1
mkdir -p build/fuzz
sources=$(find src -name '*.c' ! -path 'src/cli/*' | sort)
door_left_out='src/(door/(http|http_request|loop|reload|server|tls)|log/node[a-z_]*)\.c$'
flags='-O1 -g -D_GNU_SOURCE -Isrc -Itests -ffp-contract=off -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined'
tools/embed openapi_json docs/openapi.json >build/fuzz/openapi.c
clang++ -std=c++17 -O1 -g -Isrc -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr -c src/base/json.cpp -o build/fuzz/json.o
set -- tests/*/*_fuzz.c
passed=0 ; failed=0
for target in "$@"; do
    name=$(basename "$target" .c)
    use=$sources
    case $name in door_fuzz) use=$(echo "$sources" | grep -Ev "$door_left_out") ;; *) use=$(echo "$sources" | grep -v '^src/door/') ;; esac
    # shellcheck disable=SC2086
    clang -std=c17 $flags "-DPARLEY_VERSION=\"fuzz\"" -I"$(dirname "$target")" "$target" $use build/fuzz/openapi.c build/fuzz/json.o -o "build/fuzz/$name" \
        -lsimdjson -lsodium -lcrypto -lmicrohttpd -lstdc++ -lpthread -lm
    mkdir -p "build/fuzz/$name.corpus"
    if "build/fuzz/$name" -max_total_time=$((minutes * 60)) -artifact_prefix="build/fuzz/$name." "build/fuzz/$name.corpus" >"build/fuzz/$name.log" 2>&1; then
        passed=$((passed + 1)); echo "ok - $name: $(grep -o 'stat::number_of_executed_units.*\|Done [0-9]* runs.*' "build/fuzz/$name.log" | tail -n 1)"
    else
        failed=$((failed + 1)); echo "not ok - $name: see build/fuzz/$name.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
