/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Situations of the fence, made by hand. */
#ifndef SITUATION_UTIL_H
#define SITUATION_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "health.h"
#include "situation.h"

static inline void add_app(struct df_situation *situation, const char *name)
{
	struct df_application_info info = { .mode = DFENCE_MODE_ENFORCE };
	size_t count = situation->apps.count;

	strcpy(info.name, name);
	assert_int_equal(df_apps_add(&info, &situation->apps), 0);
	situation->ills = reallocarray(situation->ills, count + 1,
				       sizeof(*situation->ills));
	situation->processes = reallocarray(situation->processes, count + 1,
					    sizeof(*situation->processes));
	assert_true(situation->ills && situation->processes);
	situation->ills[count] = 0;
	situation->processes[count] = 1;
}

/* Two applications, all is well. */
static inline void make_situation(struct df_situation *situation)
{
	memset(situation, 0, sizeof(*situation));
	situation->time = 1000000000;
	situation->loaded = true;
	situation->daemon = true;
	situation->keeper = true;
	situation->has_policy = true;
	strcpy(situation->policy.name, "field");
	situation->policy.generation = 3;
	situation->policy.time = 1795176794123456789u;
	situation->policy.geo_date = 1790000000;
	situation->status.generation = 3;
	situation->status.instance = 0x8c;
	situation->status.hooks = true;
	situation->status.event_next = 43;
	situation->status.event_oldest = 3;
	situation->status.flow_limit = 65536;
	strcpy(situation->status.version, "0.3");
	add_app(situation, "fleet");
	add_app(situation, "qgc");
}

/* What is written to a file, as text; to be freed. */
struct capture {
	FILE *file;
	char *text;
	size_t size;
};

static inline FILE *begin_capture(struct capture *capture)
{
	capture->file = open_memstream(&capture->text, &capture->size);
	assert_non_null(capture->file);
	return capture->file;
}

static inline char *end_capture(struct capture *capture)
{
	assert_int_equal(fclose(capture->file), 0);
	return capture->text;
}

#endif
