/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of df_lint(): its parts. */
#ifndef DF_LINT_H
#define DF_LINT_H

#include "image.h"

void df_lint_sets(const struct df_policy *policy, struct df_diags *diags);
void df_lint_rules(const struct df_image *image, struct df_diags *diags);
void df_lint_forward(const struct df_policy *policy, struct df_diags *diags);
void df_lint_link(const struct df_policy *policy, const struct df_image *image,
		  struct df_diags *diags);

#endif
