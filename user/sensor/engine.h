/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An engine: something that parses, counts and samples packets, reached through the shapes of
 * teiten/abi.h. There are three, and what lies above cannot tell them apart:
 *
 *   live      the program attached to an interface        live.c
 *   kernel    the loaded program under BPF_PROG_TEST_RUN  testrun.c   (replay --engine kernel)
 *   native    the same code compiled into the binary      native.c    (replay)
 */
#ifndef TEITEN_SENSOR_ENGINE_H
#define TEITEN_SENSOR_ENGINE_H

#include <stddef.h>

#include "teiten/sample.h"
#include "user/util/address.h"

typedef void sample_fn(void *context, const struct teiten_sample *s);

struct engine;

struct engine_ops {
	/*
	 * Replay only: one Ethernet frame, of which caplen bytes are there (settings->cut says
	 * how many the capture's snap length took). Samples may be delivered at once. 0; -EMSGSIZE
	 * where this engine cannot take the frame (the caller counts it as skipped); -errno.
	 */
	int (*packet)(struct engine *e, const void *frame, uint32_t caplen);
	/* Delivers the samples that wait in the ring. Their number, or -errno. */
	int (*drain)(struct engine *e);
	/* Sums over CPUs, absolute since the epoch. 0 or -errno. */
	int (*counters)(struct engine *e, struct teiten_counters *sum);
	int (*destinations)(struct engine *e, uint64_t count[2][TEITEN_PORTS]);
	/* Sums a count-min bank that is not being written, then clears it. */
	int (*take_count_min)(struct engine *e, unsigned bank, struct teiten_count_min *sum);
	void (*close)(struct engine *e);
};

struct engine {
	const struct engine_ops *ops;
	const char *mode; /* "native", "generic", "replay", "replay-kernel"; static */
	/* Memory shared with the kernel side; see teiten/abi.h for who writes what. */
	struct teiten_settings *settings;
	struct teiten_ports *ports;
	struct teiten_watch *watch;	    /* [TEITEN_WATCH_SLOTS] */
	struct teiten_registers *registers; /* [TEITEN_WATCH_SLOTS * TEITEN_BANKS] */
	void *state;			    /* STATE_SIZE bytes, or NULL: replay keeps nothing */
	uint64_t epoch;			    /* struct teiten_meta's; 0: replay */
	/* Where samples go; set before the first packet or drain. */
	sample_fn *sink;
	void *sink_context;
	uint64_t skipped; /* replay: frames that packet() refused */
};

/* Which addresses are observed; empty lists mean all and none. Fixed once an engine is made. */
struct engine_scope {
	struct cidr_list home, ignore;
};

/* Both: NULL and errno on failure; the kernel engine needs the capabilities of a loader. */
struct engine *engine_new_native(const struct engine_scope *scope);
struct engine *engine_new_testrun(const struct engine_scope *scope);

static inline void engine_close(struct engine *e)
{
	if (e)
		e->ops->close(e);
}

#endif
