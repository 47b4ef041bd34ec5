# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# Two network namespaces joined by a veth pair, and a BPF file system of one's own, for the
# end-to-end tests. setup() calls net_up, teardown() calls net_down, which also runs after a
# failure and ends only what the test started.
#
#   in_sensor CMD…   where the sensor's end ($DEV, 198.51.100.1 and 2001:db8:1::1) is
#   in_client CMD…   where the visitor's end (198.51.100.2 and 2001:db8:1::2) is
#
# nsenter(1) and not `ip netns exec`, which mounts a new /sys and so hides every bpffs.

bats_require_minimum_version 1.5.0
SENSOR_IPV4=198.51.100.1
SENSOR_IPV6=2001:db8:1::1
CLIENT_IPV4=198.51.100.2
CLIENT_IPV6=2001:db8:1::2
TEITEN=${TEITEN:-$BATS_TEST_DIRNAME/../../build/teiten}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	local tool
	for tool in ip nsenter jq "$@"; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
	ip netns add "tt-probe-$$" 2>/dev/null || skip "network namespaces cannot be made here"
	ip netns del "tt-probe-$$"
}

# A pair of ends: NAME in the sensor's namespace, NAMEc in the client's.
add_pair() { # NAME IPV4-NET IPV6-NET
	local name=$1 v4=$2 v6=$3
	ip link add "$name" netns "$NS_SENSOR" type veth peer name "${name}c" netns "$NS_CLIENT"
	ip -n "$NS_SENSOR" addr add "$v4.1/24" dev "$name"
	ip -n "$NS_SENSOR" addr add "$v6::1/64" dev "$name" nodad
	ip -n "$NS_CLIENT" addr add "$v4.2/24" dev "${name}c"
	ip -n "$NS_CLIENT" addr add "$v6::2/64" dev "${name}c" nodad
	ip -n "$NS_SENSOR" link set "$name" up
	ip -n "$NS_CLIENT" link set "${name}c" up
}

net_up() {
	local id=$$-$BATS_TEST_NUMBER
	NS_SENSOR=tts-$id NS_CLIENT=ttc-$id DEV=tt0
	STARTED=()
	BPFFS=$BATS_TEST_TMPDIR/bpffs
	mkdir -p "$BPFFS"
	mount -t bpf bpf "$BPFFS" || skip "a BPF file system cannot be mounted here"
	ip netns add "$NS_SENSOR"
	ip netns add "$NS_CLIENT"
	ip -n "$NS_SENSOR" link set lo up
	ip -n "$NS_CLIENT" link set lo up
	add_pair "$DEV" 198.51.100 2001:db8:1
}

net_down() {
	local pid
	for pid in "${STARTED[@]}"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in "${STARTED[@]}"; do
		wait_for 3 gone "$pid" || kill -KILL "$pid" 2>/dev/null
	done
	# Programs go with their interfaces, interfaces with their namespaces, pins with the mount.
	[ -n "${NS_SENSOR-}" ] && ip netns del "$NS_SENSOR" 2>/dev/null
	[ -n "${NS_CLIENT-}" ] && ip netns del "$NS_CLIENT" 2>/dev/null
	[ -n "${BPFFS-}" ] && umount "$BPFFS" 2>/dev/null
	return 0
}

in_sensor() { nsenter --net="/run/netns/$NS_SENSOR" "$@"; }
in_client() { nsenter --net="/run/netns/$NS_CLIENT" "$@"; }
gone() { ! kill -0 "$1" 2>/dev/null; }

wait_for() { # SECONDS COMMAND…
	local until=$((SECONDS + $1))
	shift
	while ! "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

teiten() { in_sensor "$TEITEN" "$@"; }

# Starts a command in the sensor's namespace: its process is $LAST, its log $LOG. Descriptor 3 is
# bats' own: a child that keeps it would keep bats waiting.
start_in_sensor() { # COMMAND…
	LOG=$BATS_TEST_TMPDIR/log.${#STARTED[@]}
	nsenter --net="/run/netns/$NS_SENSOR" "$@" >"$LOG.out" 2>"$LOG" 3>&- &
	LAST=$!
	STARTED+=("$LAST")
}

# `teiten run`, and waits until it is attached.
start_run() { # OPTION…
	start_in_sensor "$TEITEN" run --bpffs "$BPFFS" "$@"
	wait_for 10 grep -q 'running as process' "$LOG" || {
		cat "$LOG"
		return 1
	}
}

stop() { # PID [SIGNAL]
	kill "-${2-TERM}" "$1" && wait_for 5 gone "$1"
}

# One access each; the port is closed, so that the answer is a RST and nothing is sent twice.
knock_tcp() { # ADDRESS PORT [TIMES]
	local i
	for ((i = 0; i < ${3-1}; i++)); do
		in_client timeout 2 bash -c "exec 4<>/dev/tcp/$1/$2" 2>/dev/null || true
	done
}

knock_udp() { # ADDRESS PORT [TIMES]
	local i
	for ((i = 0; i < ${3-1}; i++)); do
		in_client bash -c "printf x >/dev/udp/$1/$2" 2>/dev/null || true
	done
}

# A value out of `teiten dump`, by a jq expression over the document.
dump_value() { # JQ [DUMP-OPTION…]
	local expression=$1
	shift
	teiten dump --bpffs "$BPFFS" "$@" | jq -r "$expression"
}

value_is() { # EXPECTED JQ; for wait_for
	[ "$(dump_value "$2")" = "$1" ]
}

accesses() { # PORT TRANSPORT [DUMP-OPTION…]
	local port=$1 transport=$2
	shift 2
	dump_value "[.summary.ports[] | select(.port == $port and .transport == \"$transport\") | .accesses] | add" "$@"
}

has_program() { ip -n "$NS_SENSOR" -d link show "${1-$DEV}" | grep -q 'prog/xdp'; }
has_no_program() { ! has_program "$@"; }
