// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Selectors for forwarded packets that take more than a device: also what comes
 * back to it from outside, which is then judged by where the device is.
 */

#include <string.h>

#include "lint.h"

static bool is_everything(const struct df_selector *selector)
{
	if (selector->type != DFENCE_SELECTOR_FORWARD || selector->has_mac)
		return false;
	if (selector->in[strspn(selector->in, "*")])
		return false;
	return !selector->has_source || !selector->source.prefix;
}

/**
 * df_lint_forward() - warn of selectors that every forwarded packet matches
 * @policy: the policy
 * @diags: where warnings go
 */
void df_lint_forward(const struct df_policy *policy, struct df_diags *diags)
{
	size_t i, j;

	for (i = 0; i < policy->application_count; i++) {
		const struct df_application *app = &policy->applications[i];

		for (j = 0; j < app->selector_count; j++) {
			const struct df_selector *selector = &app->selectors[j];

			if (is_everything(selector))
				df_diag(diags, DF_WARNING, &selector->mark, NULL,
					"application '%s' gets everything that is forwarded, answers from outside too; name the interface of its devices",
					app->name);
		}
	}
}
