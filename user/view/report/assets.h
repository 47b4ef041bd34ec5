/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that lie within the program: what a page is made of, and the translations. */
#ifndef TEITEN_VIEW_REPORT_ASSETS_H
#define TEITEN_VIEW_REPORT_ASSETS_H

extern const unsigned char asset_page_css[], asset_page_css_end[];
extern const unsigned char asset_page_js[], asset_page_js_end[];
/* Chart.js (MIT), as Debian's libjs-chart.js has it. */
extern const unsigned char asset_chart_js[], asset_chart_js_end[];
/* Japanese texts, as msgfmt compiled them */
extern const unsigned char asset_ja_mo[], asset_ja_mo_end[];

#endif
