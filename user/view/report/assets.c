// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/view/report/assets.h"

#include "user/util/asset.h"

ASSET("page_css", "user/share/report/page.css");
ASSET("page_js", "user/share/report/page.js");
ASSET("chart_js", CHART_JS);
ASSET("ja_mo", JA_MO);
