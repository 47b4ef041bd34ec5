// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* teiten run: the headless sensor; what a service manager starts. */
#include <errno.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "user/commands.h"
#include "user/event_options.h"
#include "user/live_options.h"
#include "user/sink/events.h"
#include "user/sink/history.h"
#include "user/sink/http_server.h"
#include "user/util/log.h"

#define LOOK_NS 1000000000ull /* how often it is looked whether somebody still reads */

struct run_options {
	struct attach_options attach;
	struct shared_options shared;
	struct event_options events;
	struct history_options history;
	struct listen_address listen;
	const char *token_file;
	const char *config;
};

static const struct option_spec run_specs[] = {
	{ .name = "config",
	  .letter = 'c',
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct run_options, config),
	  .argument = "FILE",
	  .help = "read options from this file, too, as teiten.conf(5) says;\n"
		  "the command line goes before it" },
	{ .name = NULL },
};

#define FIELD(f) .offset = offsetof(struct run_options, f)
static const struct option_spec http_specs[] = {
	{ .name = "listen",
	  .kind = OPTION_PARSE,
	  FIELD(listen),
	  .argument = "ADDR:PORT",
	  .parse = listen_address_parse,
	  .expects = "an address and a port, such as 127.0.0.1:9838 or [::1]:9838",
	  .help = "serve metrics and a live page here, for instance on\n127.0.0.1:9838" },
	{ .name = "token-file",
	  .kind = OPTION_TEXT,
	  FIELD(token_file),
	  .argument = "FILE",
	  .help = "who asks must know the token in this file;\nrequired "
		  "where --listen is no loopback address" },
	{ .name = NULL },
};
#undef FIELD

struct running {
	struct run_options *options;
	struct loop *loop;
	struct http_server *http; /* NULL: not asked for */
	struct sinks sinks;
};

static const struct option_group run_groups[] = {
	{ NULL, run_specs, 0 },
	{ NULL, attach_option_specs, offsetof(struct run_options, attach) },
	{ "Event lines", event_option_specs, offsetof(struct run_options, events) },
	{ "Metrics and page", http_specs, 0 },
	{ "What is observed", shared_option_specs, offsetof(struct run_options, shared) },
	{ "What is kept", history_option_specs, offsetof(struct run_options, history) },
	{ NULL, NULL, 0 },
};

static void run_defaults(void *options)
{
	struct run_options *o = options;

	shared_options_default(&o->shared);
	history_options_default(&o->history);
}

static const char *run_config(const void *options)
{
	return ((const struct run_options *)options)->config;
}

static void run_release(void *options)
{
	shared_options_release(&((struct run_options *)options)->shared);
}

/* A headless process outlives the session that started it: this is about its files. */
static enum loop_next on_hangup(void *context)
{
	struct running *r = context;
	struct labels *labels = r->options->shared.labels;

	log_info("SIGHUP: going on");
	sinks_reopen(&r->sinks);
	if (labels && !labels_reload(labels))
		log_info("labels read again: %zu prefixes", labels_count(labels));
	return LOOP_GO_ON;
}

static bool nobody_reads(const struct running *r)
{
	for (unsigned i = 0; i < r->sinks.n; i++)
		if (events_gone(r->sinks.v[i]))
			return true;
	return false;
}

static enum loop_next on_request(void *context)
{
	http_server_run(((struct running *)context)->http);
	return LOOP_GO_ON;
}

static enum loop_next on_look(void *context, uint64_t now)
{
	struct running *r = context;

	(void)now;
	if (r->http)
		http_server_run(r->http); /* its time-outs */
	return nobody_reads(r) ? LOOP_STOP : LOOP_GO_ON;
}

static struct summary *take_summary(void *context)
{
	struct running *r = context;

	return loop_latest(r->loop, (unsigned)r->options->shared.top);
}

/* While there are the privileges to bind and to read with; it answers once the loop runs. */
static int open_http(struct running *r)
{
	const struct run_options *o = r->options;
	struct metrics *m;
	int err;

	if (!o->listen.n) {
		if (o->token_file)
			log_warn("run: --token-file without --listen: nothing is served");
		return 0;
	}
	err = http_server_open(&o->listen, o->token_file, &r->http);
	if (err)
		return err == -EINVAL ? COMMAND_USAGE : err;
	m = metrics_new();
	if (!m)
		return -ENOMEM;
	sinks_add(&r->sinks, metrics_sink(m));
	http_server_serve(r->http, take_summary, r, m);
	return 0;
}

static int run_loop(struct running *r)
{
	struct loop_client client = {
		.context = r, .interval = LOOK_NS, .refresh = on_look, .fd = -1, .hangup = on_hangup
	};
	struct run_options *o = r->options;
	int err = live_options_open("run", &o->attach, &o->shared, &r->loop);

	if (err)
		return err;
	if (r->http) {
		client.fd = http_server_fd(r->http);
		client.input = on_request;
	}
	loop_set_sinks(r->loop, &r->sinks);
	log_info("running as process %d", (int)getpid());
	/* To a service manager, where there is one. */
	sd_notify(0, "READY=1\nSTATUS=Observing");
	err = loop_run(r->loop, &client);
	sd_notify(0, "STOPPING=1");
	loop_close(r->loop);
	log_info("stopped");
	return err;
}

/* Opened before privileges are dropped: its folder may be root's. */
static int open_history(struct run_options *o, struct sinks *sinks)
{
	struct sink *history;
	int err;

	if (!o->history.path)
		return 0;
	o->history.sensor = shared_options_name(&o->shared);
	o->history.show_secrets = o->shared.show_secrets;
	err = history_open(&o->history, &history);
	if (!err)
		sinks_add(sinks, history);
	return err;
}

static int run_run(void *options, int operands, char **operand)
{
	struct running r = { .options = options };
	int err, closing;

	(void)operands;
	(void)operand;
	err = shared_options_labels(&r.options->shared);
	if (!err)
		err = event_options_open(&r.options->events, "run", &r.options->shared, false,
					 &r.sinks);
	if (!err)
		err = open_history(r.options, &r.sinks);
	if (!err)
		err = open_http(&r);
	if (!err)
		err = run_loop(&r);
	http_server_close(r.http);
	closing = sinks_close(&r.sinks);
	/* Lines that a slow reader lost were told of, and are part of running. */
	return err || closing == -EAGAIN ? err : closing;
}

const struct command command_run = {
	.name = "run",
	.summary = "Observe without a view, until SIGTERM",
	.usage = "[-i IFACE]... [OPTION]...",
	.description =
		"Attaches the program, counts and decodes, and keeps everything in pinned maps:\n"
		"'teiten dump' and 'teiten status' read them from another shell, and a later run "
		"goes\n"
		"on from them. SIGTERM and SIGINT end it cleanly. SIGHUP makes it open the file "
		"of\n"
		"--events and read that of --labels again.\n"
		"With --listen it serves /metrics (Prometheus, OpenMetrics), /api/summary "
		"(JSON), and\n"
		"a live page at /.\n",
	.groups = run_groups,
	.size = sizeof(struct run_options),
	.defaults = run_defaults,
	.config = run_config,
	.run = run_run,
	.release = run_release,
};
