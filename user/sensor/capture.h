/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Captures as one stream of Ethernet frames in order of time: pcap and pcapng by libpcap, from
 * files or standard input. Link layers that are not Ethernet get a made-up header, so that what
 * lies behind needs to know one only: Linux cooked (SLL, SLL2), raw IP, BSD loopback.
 */
#ifndef TEITEN_SENSOR_CAPTURE_H
#define TEITEN_SENSOR_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

struct capture_frame {
	const uint8_t *data; /* an Ethernet frame; valid until the next capture_next() */
	uint32_t caplen;     /* bytes there */
	uint32_t wirelen;    /* bytes that the frame had; at least caplen */
	uint64_t time;	     /* ns since the Unix epoch; never lower than the frame's before */
	unsigned file;	     /* index in the names given */
};

struct capture;

#define CAPTURE_ERROR 1024

/*
 * Opens all files; "-" is standard input. NULL on failure, with one line in `error`: which file,
 * and what is wrong with it. `names` must outlive the capture.
 */
struct capture *capture_open(const char *const *names, unsigned n, char error[CAPTURE_ERROR]);
void capture_close(struct capture *c);

/*
 * 1 with a frame; 0 at the end of all files; -EIO where a file ends in the middle or is damaged:
 * then capture_error() says which file, what is wrong, and what was read of it.
 */
int capture_next(struct capture *c, struct capture_frame *frame);
const char *capture_error(const struct capture *c);

/* Where reading is: bytes, of all files together. `total` is 0 where it is not known (a pipe). */
void capture_progress(const struct capture *c, uint64_t *done, uint64_t *total);

/* Frames read of all files. */
uint64_t capture_frames(const struct capture *c);

#endif
