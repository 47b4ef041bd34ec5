// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an observation adds: conversations and purposes at once, top lists when it is over. */
#include "user/decode/hide.h"
#include "user/decode/secrets.h"
#include "user/stats/stats_internal.h"

#define CONTENT_SHOWN 64 /* first bytes kept of what no decoder knows */

static struct top_entry *count(struct stats *s, enum summary_list_id id, struct slice value,
			       uint64_t weight)
{
	struct key k = { .n = 0 };

	if (!value.p || !weight)
		return NULL;
	key_part(&k, value);
	return top_add(&s->lists[id], k.bytes, k.n, weight);
}

static void count_all(struct stats *s, enum summary_list_id id, const struct slice_list *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		count(s, id, list->v[i], 1);
}

/* As it may be shown: an administrator's own secret stays his own. */
static struct slice shown_secret(const struct stats *s, const struct ami_login *l)
{
	if (!l->secret.p)
		return l->md5 ? SLICE_LITERAL("(md5)") : (struct slice){ 0 };
	if (s->options.show_secrets || secret_is_well_known(l->secret, l->username))
		return l->secret;
	return SLICE_LITERAL("(hidden)");
}

static void count_login(struct stats *s, const struct ami_login *l)
{
	struct slice secret = shown_secret(s, l);
	struct top_entry *e;

	s->ami_logins++;
	count(s, LIST_AMI_USERNAMES, l->username, 1);
	e = count(s, LIST_AMI_SECRETS, secret, 1);
	/* The remark on a secret that repeats the user name is lost with the user name. */
	if (e && l->username.p && slice_eq(l->username, secret))
		*(char *)top_aux(e) = 1;
	if (l->username.p && secret.p) {
		struct key k = { .n = 0 };

		key_part(&k, l->username);
		key_part(&k, secret);
		top_add(&s->lists[LIST_AMI_PAIRS], k.bytes, k.n, 1);
	}
}

static void count_ami(struct stats *s, const struct ami_facts *f)
{
	count_all(s, LIST_AMI_ACTIONS, &f->actions);
	count_all(s, LIST_AMI_FILES, &f->files);
	for (uint32_t i = 0; i < f->n_logins; i++)
		count_login(s, &f->logins[i]);
}

static void count_http(struct stats *s, const struct http_facts *f)
{
	for (uint32_t i = 0; i < f->n_requests; i++) {
		const struct http_request *r = &f->requests[i];
		char purpose = (char)r->purpose;
		struct key k = { .n = 0 };

		key_part(&k, r->method);
		key_part(&k, r->target);
		key_part(&k, r->api);
		key_part(&k, slice_of(&purpose, 1));
		key_part(&k, slice_str(r->use));
		top_add(&s->lists[LIST_DOCKER_REQUESTS], k.bytes, k.n, 1);
		count(s, LIST_DOCKER_USER_AGENTS, r->user_agent, 1);
	}
	count_all(s, LIST_DOCKER_IMAGES, &f->images);
}

static void count_h323(struct stats *s, const struct h323_facts *f)
{
	struct key k = { .n = 0 };

	count_all(s, LIST_H323_MESSAGES, &f->messages);
	if (!f->setups || (!f->product_id.p && !f->version_id.p && !f->vendor.p))
		return;
	key_part(&k, f->product_id);
	key_part(&k, f->version_id);
	key_part(&k, f->vendor);
	top_add(&s->lists[LIST_H323_PRODUCTS], k.bytes, k.n, f->setups);
}

static void count_unknown(struct stats *s, const struct observation *o)
{
	uint32_t n = o->payload_len < CONTENT_SHOWN ? o->payload_len : CONTENT_SHOWN;
	struct slice bytes = slice_of(n ? (const char *)o->payload : "", n);
	char shown[HIDE_ROOM(CONTENT_SHOWN)];
	struct hide hide = { .n = 0 };
	struct key k = { .n = 0 };

	if (!o->decoded->content_hash.p)
		return;
	if (!s->options.show_secrets)
		hide_find(&hide, bytes, NULL);
	if (hide.n)
		bytes = slice_of(shown, hide_copy(&hide, bytes, shown));
	key_part(&k, o->decoded->content_hash);
	key_part(&k, bytes);
	top_add(&s->lists[LIST_CONTENT], k.bytes, k.n, 1);
}

static void count_lists(struct stats *s, const struct observation *o)
{
	const struct decoded *d = o->decoded;

	switch (d->kind) {
	case KIND_AMI:
		count_ami(s, &d->ami);
		break;
	case KIND_DOCKER:
	case KIND_HTTP:
		if (o->expected == PROTOCOL_DOCKER || o->expected == PROTOCOL_DOCKER_TLS)
			count_http(s, &d->http);
		break;
	case KIND_H323:
		count_h323(s, &d->h323);
		break;
	case KIND_SIP:
		count_all(s, LIST_SIP_METHODS, &d->sip.methods);
		count(s, LIST_SIP_USER_AGENTS, d->sip.user_agent, 1);
		break;
	case KIND_TLS:
		s->tls_client_hellos++;
		count(s, LIST_TLS_SNI, d->tls.sni, 1);
		count(s, LIST_TLS_JA4, d->tls.ja4, 1);
		break;
	case KIND_OTHER:
		count_unknown(s, o);
		break;
	default:
		break;
	}
}

/* Every conversation has a purpose that is shown; one without is of bytes that nobody knows. */
static enum purpose shown_purpose(enum purpose p)
{
	return p <= PURPOSE_NO_PAYLOAD || p >= PURPOSE_MAX ? PURPOSE_OTHER : p;
}

void stats_observe(struct stats *s, const struct observation *o)
{
	struct slot_stats *slot = o->slot < TEITEN_WATCH_SLOTS ? &s->slots[o->slot] : NULL;
	enum purpose purpose = shown_purpose(o->decoded->purpose), previous = o->previous;

	if (!slot || !slot->watch.port)
		return;
	if (previous == PURPOSE_NONE) {
		slot->conversations++;
		slot->labelled_conversations += labels_find(s->options.labels, o->saddr) != NULL;
		sources_conversation(&s->sources, o->saddr, o->last);
	} else {
		previous = shown_purpose(previous);
	}
	if (previous != purpose) {
		if (previous != PURPOSE_NONE && slot->purposes[previous])
			slot->purposes[previous]--;
		slot->purposes[purpose]++;
		windows_purpose(&slot->windows, o->start, previous, purpose);
	}
	if (o->decoded->kind == KIND_H323 && o->decoded->h323.messages.n)
		distinct_add(&s->h323_sources, o->saddr);
	if (o->closed)
		count_lists(s, o);
	feed_observe(&s->feed, o, s->options.show_secrets);
}
