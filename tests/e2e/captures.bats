#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every stored capture has the counts that its clients are known for, in both engines of replay.

setup() {
	: "${TEITEN:=$BATS_TEST_DIRNAME/../../build/teiten}"
	CAPTURES=$BATS_TEST_DIRNAME/../captures
	command -v jq >/dev/null || skip "needs jq"
	cd "$BATS_TEST_TMPDIR" || return 1
}

summary() { "$TEITEN" replay --json --top 0 --show-secrets "$@"; }

@test "every capture is listed, and every listed one is there" {
	diff <(jq -r 'keys[]' "$CAPTURES/expected.json") <(cd "$CAPTURES" && LC_ALL=C ls -1 ./*.pcap | cut -c3-)
}

@test "the counts are those that the clients are known for" {
	local file
	for file in "$CAPTURES"/*.pcap; do
		echo "${file##*/}"
		diff <(jq -S --arg f "${file##*/}" '.[$f]' "$CAPTURES/expected.json") \
			<(summary "$file" | jq -S -f "$CAPTURES/projection.jq")
	done
}

@test "the kernel's engine gives the same summary" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	local file
	for file in "$CAPTURES"/*.pcap; do
		echo "${file##*/}"
		summary "$file" | jq -S 'del(.observed)' >natively
		summary --engine kernel "$file" | jq -S 'del(.observed)' >by-kernel
		diff natively by-kernel
	done
}

@test "all captures in one replay add up" {
	summary "$CAPTURES"/*.pcap >all.json
	[ "$(jq '[.ports[].accesses] | add' all.json)" = \
		"$(jq '[.[].ports[].accesses] | add' "$CAPTURES/expected.json")" ]
	[ "$(jq .ami.logins all.json)" = "$(jq '[.[].ami_logins // 0] | add' "$CAPTURES/expected.json")" ]
}
