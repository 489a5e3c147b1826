// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "loader.h"
#include "utf8.h"
#include "when.h"

/* A day; whoever needs longer needs another policy. */
#define UNLOCK_MAX 86400

/**
 * df_load_unlock() - read for how long a pilot may unlock an application
 * @l: the loader
 * @key: unused
 * @value: a length of time such as 30min, or "never"
 * @arg: unused
 */
void df_load_unlock(struct df_loader *l, const struct df_yaml *key,
		    const struct df_yaml *value, void *arg)
{
	const char *text = df_load_text(l, value, "a length of time");
	char buf[DF_QUOTE_SIZE];
	int64_t seconds;

	if (!text)
		return;
	if (!strcmp(text, "never"))
		l->policy->unlock = UINT64_MAX;
	else if (df_when_length(text, &seconds) && seconds > 0 &&
		 seconds <= UNLOCK_MAX)
		l->policy->unlock = (uint64_t)seconds;
	else
		df_load_error(l, &value->mark,
			      "'%s' is no length of time up to a day; expected one such as 30min (s, min, h, d), or never",
			      df_quote(text, buf));
}
