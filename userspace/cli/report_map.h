/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marks on a map that must not cover each other. */
#ifndef DF_CLI_REPORT_MAP_H
#define DF_CLI_REPORT_MAP_H

#include <stddef.h>

/* Radius of a mark, in units of the map. */
#define MAP_MARK 19

/**
 * struct map_mark - a mark
 * @x: where it belongs
 * @y: where it belongs
 * @at_x: where it is drawn
 * @at_y: where it is drawn
 */
struct map_mark {
	int x;
	int y;
	int at_x;
	int at_y;
};

void map_place(struct map_mark *marks, size_t count);

#endif
