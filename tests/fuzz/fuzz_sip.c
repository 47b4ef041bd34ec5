// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The first byte chooses the circumstances, the rest is the conversation. */
#include "tests/fuzz/one_decoder.h"
#include "user/decode/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_decoder(&decoder_sip, data, size);
	return 0;
}
