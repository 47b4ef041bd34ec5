#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/fuzz/run.sh BUILD SECONDS NAME...: each fuzz target after the other, from its corpus in
# tests/fuzz/corpus/NAME (which is only read; what is found goes below BUILD). Closes with
# "N passed, N failed".
set -u
build=$1 seconds=$2
shift 2
passed=0 failed=0
for name; do
	seeds=tests/fuzz/corpus/$name
	found=$build/fuzz/corpus/$name
	log=$build/fuzz/$name.log
	mkdir -p "$found"
	set -- "$found"
	[ -d "$seeds" ] && set -- "$@" "$seeds"
	if "$build/fuzz/$name" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
		-artifact_prefix="$build/fuzz/$name-" -print_final_stats=1 "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s"
	else
		failed=$((failed + 1))
		echo "not ok - $name:"
		tail -n 40 "$log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
