// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The assembler takes the files in as they are: no copy in C to keep, and no time spent on
 * compiling 200 kB of numbers. The Makefile names the files and knows that this file needs them.
 */
#include "user/view/report/assets.h"

#define ASSET(name, path)                      \
	__asm__(".pushsection .rodata\n"       \
		".balign 16\n"                 \
		".global asset_" name "\n"     \
		"asset_" name ":\n"            \
		".incbin \"" path "\"\n"       \
		".global asset_" name "_end\n" \
		"asset_" name "_end:\n"        \
		".byte 0\n"                    \
		".popsection\n")

ASSET("page_css", "user/share/report/page.css");
ASSET("page_js", "user/share/report/page.js");
ASSET("chart_js", CHART_JS);
ASSET("ja_mo", JA_MO);
