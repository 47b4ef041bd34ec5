// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/sink/events.h"

#include <errno.h>
#include <stdlib.h>

#include "user/sink/event_line.h"
#include "user/sink/line_writer.h"
#include "user/util/log.h"

#define COMPLAIN_NS 60000000000ull

struct events {
	struct sink sink; /* first: the sink's pointer is this one's */
	struct event_line line;
	struct line_writer writer;
	bool syn;
	uint64_t told;	  /* lost lines that were told of */
	uint64_t told_at; /* when */
};

static struct events *events_of(const struct sink *s)
{
	return (struct events *)s;
}

static void put(struct events *e, const struct sink_place *at)
{
	const struct json *j = &e->line.json;

	if (j->failed || !line_writer_put(&e->writer, j->p, j->n)) {
		e->writer.lost += j->failed;
		stats_event_lost(at->stats, 1);
	}
}

static void observe(struct sink *s, const struct sink_place *at, const struct observation *o)
{
	struct events *e = events_of(s);

	if (!o->closed)
		return;
	event_line_conversation(&e->line, at, o);
	put(e, at);
}

static void syn(struct sink *s, const struct sink_place *at, const struct teiten_sample *sample)
{
	struct events *e = events_of(s);

	if (!e->syn)
		return;
	event_line_syn(&e->line, at, sample);
	put(e, at);
}

static void surge(struct sink *s, const struct sink_place *at, const struct surge *surge,
		  bool watched)
{
	struct events *e = events_of(s);

	event_line_surge(&e->line, at, surge, watched);
	put(e, at);
}

static const char *why(const struct line_writer *w)
{
	return !w->error || w->error == -EAGAIN ? "its reader is too slow" : strerror(-w->error);
}

/* At most once a minute, by the clock that goes. */
static void tick(struct sink *s, const struct sink_place *at, uint64_t now)
{
	struct events *e = events_of(s);
	const struct line_writer *w = &e->writer;

	(void)at;
	/* At a replay's end is soon enough. */
	if (w->wait)
		return;
	if (w->lost == e->told ||
	    (e->told_at && now >= e->told_at && now - e->told_at < COMPLAIN_NS))
		return;
	log_warn("events: %s: %s; %llu lines are lost so far",
		 w->path ? w->path : "standard output", why(w), (unsigned long long)w->lost);
	e->told = w->lost;
	e->told_at = now;
}

static void flush(struct sink *s)
{
	line_writer_flush(&events_of(s)->writer);
}

static void reopen(struct sink *s)
{
	struct line_writer *w = &events_of(s)->writer;
	int err = line_writer_reopen(w);

	if (err)
		log_error("events: cannot open %s again: %s; going on with the file that is open",
			  w->path, strerror(-err));
	else if (w->path)
		log_info("events: %s opened again", w->path);
}

static int close_events(struct sink *s)
{
	struct events *e = events_of(s);
	char *path = e->writer.path ? strdup(e->writer.path) : NULL;
	int err = line_writer_close(&e->writer);

	if (err)
		log_error("events: %s: %s; %llu lines were lost", path ? path : "standard output",
			  err == -EAGAIN ? "its reader was too slow" : strerror(-err),
			  (unsigned long long)e->writer.lost);
	free(path);
	event_line_free(&e->line);
	free(e);
	return err;
}

static const struct sink_ops ops = {
	.observe = observe,
	.syn = syn,
	.surge = surge,
	.tick = tick,
	.flush = flush,
	.reopen = reopen,
	.close = close_events,
};

int events_open(const struct events_options *o, struct sink **out)
{
	struct events *e = calloc(1, sizeof(*e));
	int err = -ENOMEM;

	*out = NULL;
	if (!e)
		return err;
	e->sink.ops = &ops;
	e->syn = o->syn;
	err = event_line_init(&e->line, o->sensor, o->labels, o->show_secrets);
	if (!err)
		err = line_writer_open(&e->writer, o->path, o->wait);
	if (err) {
		log_error("events: cannot open %s: %s", o->path, strerror(-err));
		event_line_free(&e->line);
		free(e);
		return err;
	}
	*out = &e->sink;
	return 0;
}

bool events_gone(const struct sink *s)
{
	return s && s->ops == &ops && events_of(s)->writer.gone;
}
