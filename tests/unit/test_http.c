// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "tests/unit/decode_support.h"

static void request_fields(void **state)
{
	struct decoding *c = DECODE("gEt  /a?b=c HTTP/1.1\r\nhost:\t192.0.2.1:80 \r\n"
				    "USER-AGENT: zgrab/0.x\r\nHost: second\r\n\r\n",
				    PROTOCOL_AMI, false);
	const struct http_request *r = c->d.http.requests;

	(void)state;
	assert_kind(&c->d, "http");
	assert_purpose(&c->d, "http");
	assert_false(c->d.incomplete);
	assert_int_equal(c->d.http.n_requests, 1);
	assert_slice(r->method, "gEt");
	assert_slice(r->target, "/a?b=c");
	assert_slice(r->version, "HTTP/1.1");
	assert_slice(r->host, "192.0.2.1:80");
	assert_slice(r->user_agent, "zgrab/0.x");
	assert_slice(r->api, NULL);
	decoding_free(c);
}

/* n requests, the last one's method and target; n 0: that purpose */
static void request_lines(void **state)
{
	static const struct {
		const char *text;
		uint32_t n;
		const char *method, *target;
	} cases[] = {
		{ "GET /version\r\n\r\n", 1, "GET", "/version" },
		{ "get /version\n", 1, "get", "/version" },
		{ "GET / HTTP/1.0\n\n", 1, "GET", "/" },
		{ "M-SEARCH * HTTP/1.1\r\n\r\n", 1, "M-SEARCH", "*" },
		{ "x!y /z http/1.1\r\n\r\n", 1, "x!y", "/z" },
		{ "GET http://h:1/p HTTP/1.1\r\n\r\n", 1, "GET", "http://h:1/p" },
		{ "GET /a b HTTP/1.1\r\n\r\n", 1, "GET", "/a b" },
		{ "\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1, "GET", "/" },
		{ "CONNECT h:443 HTTP/1.1\r\n\r\n", 1, "CONNECT", "h:443" },
		/* complete but for its line end, as no more will come */
		{ "GET /x HTTP/1.1", 1, "GET", "/x" },
		{ "GET /x HTTP/1.", 0, "truncated", "" },
		{ "GET /x", 0, "truncated", "" },
		{ "POS", 0, "truncated", "" },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, "http", "" },
		{ "OPTIONS / RTSP/1.0\r\n\r\n", 0, "other", "" },
		{ "OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm\r\n\r\n", 0, "options", "" },
		{ "GET\r\n\r\n", 0, "other", "" },
		{ "hello /world\r\n", 0, "other", "" },
		{ "GET version\r\n", 0, "other", "" },
		{ "asdf", 0, "other", "" },
		{ "\r\n\r\n", 0, "other", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decoding *c = decode_bytes(cases[i].text, strlen(cases[i].text),
						  PROTOCOL_HTTP, true);
		const struct http_request *r = c->d.http.requests;

		assert_int_equal(c->d.http.n_requests, cases[i].n);
		if (cases[i].n) {
			assert_slice(r[cases[i].n - 1].method, cases[i].method);
			assert_slice(r[cases[i].n - 1].target, cases[i].target);
		} else {
			assert_purpose(&c->d, cases[i].method);
		}
		decoding_free(c);
	}
}

/* Which requests there are in a stream, by their targets. */
static void streams(void **state)
{
	static const struct {
		const char *text, *targets;
	} cases[] = {
		{ "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n",
		  "/1 /2 /3 " },
		{ "POST /1 HTTP/1.1\r\nContent-Length: 19\r\n\r\nGET /no HTTP/1.1\r\n\r\n"
		  "GET /2 HTTP/1.1\r\n\r\n",
		  "/1 /2 " },
		{ "POST /1 HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
		  "13;x=y\r\nGET /no HTTP/1.1\r\n\r\n\r\n0\r\nTrailer: x\r\n\r\n"
		  "GET /2 HTTP/1.1\r\n\r\n",
		  "/1 /2 " },
		/* a body that is cut, and one that claims more than an integer holds */
		{ "POST /1 HTTP/1.1\r\nContent-Length: 900\r\n\r\nGET /no HTTP/1.1\r\n\r\n",
		  "/1 " },
		{ "POST /1 HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"
		  "GET /no HTTP/1.1\r\n\r\n",
		  "/1 " },
		{ "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "ffffffffffffffffffff\r\nGET /no HTTP/1.1\r\n\r\n",
		  "/1 " },
		/* the second line never ended */
		{ "GET /1 HTTP/1.1\r\n\r\nGET /2 HT", "/1 " },
		/* garbage, then something that is clearly a request; words are not */
		{ "GET /1 HTTP/1.1\r\n\r\nfoo bar\r\nGET /2 HTTP/1.1\r\n\r\nGET /no\r\n",
		  "/1 /2 " },
		{ "GET /1\r\nGET /no\r\nGET /2 HTTP/1.1\r\n\r\n", "/1 /2 " },
		/* a raw stream after an upgrade; a server that refused it */
		{ "GET /1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
		  "id\nGET /no HTTP/1.1\r\n\r\n",
		  "/1 " },
		{ "GET /1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
		  "GET /2 HTTP/1.1\r\n\r\n",
		  "/1 /2 " },
		{ "GET /1 HTTP/1.1\r\nUpgrade: h2c\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		  "/1 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decoding *c = decode_bytes(cases[i].text, strlen(cases[i].text),
						  PROTOCOL_HTTP, true);
		char targets[64] = "";
		size_t n = 0;

		for (uint32_t k = 0; k < c->d.http.n_requests; k++)
			n += (size_t)snprintf(targets + n, sizeof(targets) - n, "%.*s ",
					      (int)c->d.http.requests[k].target.n,
					      c->d.http.requests[k].target.p);
		assert_string_equal(targets, cases[i].targets);
		decoding_free(c);
	}
}

/* A request counts when its line is whole; its headers may still be on their way. */
static void growing_request(void **state)
{
	static const char text[] = "GET /x HTTP/1.1\r\nUser-Agent: curl/8\r\n\r\n";
	const size_t line = sizeof("GET /x HTTP/1.1\r\n") - 1;

	(void)state;
	for (size_t n = 1; n < sizeof(text); n++) {
		struct decoding *c = decode_bytes(text, n, PROTOCOL_DOCKER, false);

		assert_int_equal(c->d.http.n_requests, n >= line);
		assert_purpose(&c->d, n >= line ? "http" : "truncated");
		assert_int_equal(c->d.incomplete, n < sizeof(text) - 1);
		decoding_free(c);
	}
}

/* A target that fills the prefix: known for HTTP, but no request. */
static void endless_target(void **state)
{
	char text[3000];
	struct decoding *c;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	c = decode_bytes(text, sizeof(text), PROTOCOL_AMI, true);
	assert_kind(&c->d, "http");
	assert_purpose(&c->d, "truncated");
	assert_int_equal(c->d.http.n_requests, 0);
	decoding_free(c);

	memcpy(text, "FOO ", 4);
	c = decode_bytes(text, sizeof(text), PROTOCOL_DOCKER, true);
	assert_purpose(&c->d, "other");
	decoding_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_fields), cmocka_unit_test(request_lines),
		cmocka_unit_test(streams),	  cmocka_unit_test(growing_request),
		cmocka_unit_test(endless_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
