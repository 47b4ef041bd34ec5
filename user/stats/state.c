// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/state.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define STATE_FILE_MAGIC 0x3154535445544954ull /* "TITETST1" */
#define HEADER_SIZE 4096
#define HALF_SIZE ((STATE_SIZE - HEADER_SIZE) / 2)
#define TRIES 5

struct half {
	uint64_t length;
	uint32_t crc;
	uint32_t generation;
};

/* What lies at the start of the mapped memory, in host byte order: it never leaves the machine. */
struct header {
	uint64_t magic;
	uint32_t active; /* 0: nothing was ever written; 1 or 2: the half that is whole */
	uint32_t reserved;
	struct half half[2];
};

_Static_assert(sizeof(struct header) <= HEADER_SIZE, "layout");

static uint32_t crc_of(const uint8_t *p, size_t n)
{
	return (uint32_t)crc32_z(0, p, n);
}

int state_write(void *memory, const struct stats *s)
{
	struct header *h = memory;
	uint32_t active = __atomic_load_n(&h->active, __ATOMIC_ACQUIRE);
	bool fresh = h->magic != STATE_FILE_MAGIC || active > 2;
	unsigned other = !fresh && active == 1 ? 1 : 0;
	uint8_t *p = (uint8_t *)memory + HEADER_SIZE + other * HALF_SIZE;
	ssize_t n;

	if (fresh) {
		__atomic_store_n(&h->active, 0, __ATOMIC_SEQ_CST);
		memset(h->half, 0, sizeof(h->half));
		h->magic = STATE_FILE_MAGIC;
	}
	n = stats_save(s, p, HALF_SIZE);
	if (n < 0)
		return (int)n;
	h->half[other].length = (uint64_t)n;
	h->half[other].crc = crc_of(p, (size_t)n);
	h->half[other].generation = h->half[!other].generation + 1;
	/* The flip comes last: whoever sees it sees the half behind it. */
	__atomic_store_n(&h->active, other + 1, __ATOMIC_RELEASE);
	return 0;
}

/* Into memory of our own: what is checked must be what is read. */
static int read_half(const uint8_t *memory, uint32_t active, uint8_t *copy, size_t *n)
{
	const struct header *h = (const struct header *)memory;
	struct half half;

	memcpy(&half, &h->half[active - 1], sizeof(half));
	if (half.length > HALF_SIZE)
		return -EINVAL;
	memcpy(copy, memory + HEADER_SIZE + (active - 1) * HALF_SIZE, half.length);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (crc_of(copy, half.length) != half.crc)
		return -EINVAL;
	*n = half.length;
	return 0;
}

/*
 * A writer needs two flips, at least a tick apart, to come back to the half that is being read:
 * a second look is then enough, and only damage fails every time.
 */
int state_read(const void *memory, struct stats *s)
{
	const struct header *h = memory;
	int status = -EINVAL;
	uint8_t *copy;
	size_t n = 0;

	if (!h->magic && !h->active)
		return -ENOENT;
	if (h->magic != STATE_FILE_MAGIC)
		return -EINVAL;
	copy = malloc(HALF_SIZE);
	if (!copy)
		return -ENOMEM;
	for (unsigned i = 0; i < TRIES && status; i++) {
		uint32_t active = __atomic_load_n(&h->active, __ATOMIC_ACQUIRE);

		if (!active) {
			status = -ENOENT;
			break;
		}
		status = active > 2 ? -EINVAL : read_half(memory, active, copy, &n);
	}
	if (!status)
		status = stats_load(s, copy, n);
	free(copy);
	return status;
}
