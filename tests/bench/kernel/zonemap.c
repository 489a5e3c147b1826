// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's own zone map, once more, to be measured alone. */
#include "../../../kmod/zonemap.c"
