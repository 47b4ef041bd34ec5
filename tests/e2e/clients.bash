# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash disable=SC2086,SC2154
# For tests with real clients: listeners for them to talk to, and a tcpdump of the same run, whose
# replay must give what the sensor gave live.

# Segments as a network would carry them: no merging, no unfinished checksums, tags in the frame.
real_segments() {
	local feature
	for feature in tso gso gro tx rx txvlan rxvlan tx-vlan-stag-hw-insert rx-vlan-stag-hw-parse; do
		in_sensor ethtool -K "$DEV" "$feature" off >/dev/null 2>&1 || true
		in_client ethtool -K "${DEV}c" "$feature" off >/dev/null 2>&1 || true
	done
}

listen() { # KIND PORT [OPTION]
	start_in_sensor perl "$BATS_TEST_DIRNAME/listeners/listener.pl" "$@"
	wait_for 5 grep -q listening "$LOG.out" || {
		cat "$LOG"
		return 1
	}
}

# What arrives on the sensor's interface goes to $PCAP as well.
record() {
	PCAP=$BATS_TEST_TMPDIR/run.pcap
	start_in_sensor tcpdump -i "$DEV" -Q in -U --immediate-mode -Z root -s 0 -w "$PCAP"
	RECORDER=$LAST
	wait_for 5 grep -q 'listening on' "$LOG"
}

SECRETS_SHOWN=--show-secrets # a test may empty it

# The network, a sensor and a recorder; the options are those of run.
start_all() {
	net_up
	real_segments
	record
	start_run -i "$DEV" $SECRETS_SHOWN "$@"
}

# The part of a summary on which a live sensor and a replay must agree. Not names, times and windows, and not
# the frames in all: the recorder starts earlier, and both ends chat a little (neighbours, multicast).
# Which of the two budgets a SYN sample is from depends on when a time slot ends.
comparable() {
	jq -S 'del(.observed, .from, .to, .gaps, .sensor, .surges, .schema)
		| del(.capture.packets, .capture.bytes, .capture.other_ip, .capture.not_ip) | del(.. | .first?, .last?, .windows?)
		| .capture.sampled.syn += .capture.sampled["novel-syn"] | del(.capture.sampled["novel-syn"])'
}

live_summary() { teiten dump --bpffs "$BPFFS" --top 0 | jq .summary; }

same_as_replay() {
	live_summary | comparable >"$BATS_TEST_TMPDIR/live"
	diff "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replayed" >"$BATS_TEST_TMPDIR/differs"
}

# Ends the recording; live and replay must come to agree once the last conversation is decoded. Leaves
# the replay's summary in $BATS_TEST_TMPDIR/summary, for summary_value.
live_equals_replay() { # REPLAY-OPTION…
	sleep 0.3 # for the recorder's last packets
	stop "$RECORDER"
	"$TEITEN" replay --json --top 0 $SECRETS_SHOWN "$@" "$PCAP" >"$BATS_TEST_TMPDIR/summary"
	comparable <"$BATS_TEST_TMPDIR/summary" >"$BATS_TEST_TMPDIR/replayed"
	wait_for 8 same_as_replay || {
		echo "live (<) and replay (>) differ:"
		cat "$BATS_TEST_TMPDIR/differs"
		return 1
	}
	! keep_capture || cp "$PCAP" "$TEITEN_KEEP/${BATS_TEST_FILENAME##*/}-$BATS_TEST_NUMBER.pcap"
}

# TEITEN_KEEP=DIRECTORY keeps the captures of a run; tests/captures/ was made that way.
keep_capture() { [ -n "${TEITEN_KEEP-}" ]; }

summary_value() { jq -r "$1" "$BATS_TEST_TMPDIR/summary"; }

# A capture filter's packets in the recording: an oracle that is not teiten.
recorded() { # FILTER
	tcpdump -r "$PCAP" -n "$@" 2>/dev/null | wc -l
}

expect() { # WHAT IS EXPECTED
	[ "$1" = "$2" ] || {
		echo "is '$1', not '$2'"
		return 1
	}
}
