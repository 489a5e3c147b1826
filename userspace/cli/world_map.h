/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The countries of the world, to be drawn. */
#ifndef DF_CLI_WORLD_MAP_H
#define DF_CLI_WORLD_MAP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct map_shape - a country
 * @code: two letters of ISO 3166-1, "" for what has none
 * @x: of its middle
 * @y: of its middle
 * @small: it cannot be seen unless something is drawn there
 * @path: its outline, as SVG has it; "" if it has none of this size
 */
struct map_shape {
	const char *code;
	int x;
	int y;
	bool small;
	const char *path;
};

extern const struct map_shape map_shapes[];
extern const size_t map_shape_count;
extern const int map_width;
extern const int map_height;

#endif
