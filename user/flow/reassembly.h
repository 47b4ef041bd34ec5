/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reassembly: the first bytes of one direction of a TCP connection in sequence order, whatever
 * the order, size and number of the segments that carried them. Of bytes that were sent more
 * than once the first copy to arrive wins, as it does in most receivers (RFC 9293, 3.10.7.4
 * leaves it open); the copies are not compared.
 *
 * Bytes live in chunks from a pool of fixed size. A chunk covers CHUNK_BYTES sequence numbers,
 * counted from the stream's first segment, so that a start that turns out to be lower needs a
 * chunk in front and moves no bytes. All arithmetic on sequence numbers is modulo 2^32.
 */
#ifndef TEITEN_FLOW_REASSEMBLY_H
#define TEITEN_FLOW_REASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHUNK_BYTES \
	256u /* a power of two: chunk numbers have to wrap together with sequence numbers */
#define CHUNK_NONE UINT32_MAX

struct chunk {
	uint32_t next;	 /* in the pool's free list or the stream, by number; CHUNK_NONE ends it */
	uint32_t number; /* (sequence number - grid) / CHUNK_BYTES */
	uint64_t
		present[CHUNK_BYTES / 64]; /* bytes that are there; valid beyond stream.have only */
	uint8_t data[CHUNK_BYTES];
};

struct chunk_pool {
	struct chunk *chunks;
	uint32_t n, n_free;
	uint32_t free;
	uint32_t untouched; /* chunks from here on were never handed out */
};

struct stream {
	uint32_t base;	      /* sequence number of the first byte */
	uint32_t grid;	      /* sequence number at which chunk 0 begins */
	uint32_t have;	      /* bytes there from base on without a gap, at most the limit */
	uint32_t early;	      /* bytes there behind a gap */
	uint32_t first, tail; /* chunks, CHUNK_NONE where there is none */
};

/* 0, or -ENOMEM. Memory is touched only as chunks are used. */
int chunk_pool_init(struct chunk_pool *pool, uint32_t n);
void chunk_pool_free(struct chunk_pool *pool);

void stream_init(struct stream *s, uint32_t base);

/*
 * Adds n bytes that begin at `seq`; what lies before the base or `limit` bytes or more behind it
 * is left out. 0, or -ENOBUFS where the pool ran out: some of the bytes may be in then, and the
 * call can be repeated when chunks were released elsewhere.
 */
int stream_add(struct chunk_pool *pool, struct stream *s, uint32_t seq, const uint8_t *p,
	       uint32_t n, uint32_t limit);

/*
 * The stream begins at `base`, at most `limit` bytes before what was taken for its beginning.
 * Bytes that now lie beyond the limit are dropped.
 */
void stream_rebase(struct chunk_pool *pool, struct stream *s, uint32_t base, uint32_t limit);

/* The s->have bytes in one piece: in a chunk where they fit, else copied to scratch. Valid until
 * the stream or scratch changes. */
const uint8_t *stream_bytes(const struct chunk_pool *pool, const struct stream *s,
			    uint8_t *scratch);

/* Gives all chunks back; base and have stay as they are. */
void stream_release(struct chunk_pool *pool, struct stream *s);

#endif
