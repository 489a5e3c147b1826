/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies that have to be confirmed, and ways back. */
#ifndef DF_CONFIRM_H
#define DF_CONFIRM_H

#include "apply.h"
#include "history.h"
#include "pending.h"

enum df_exit df_confirm_clear(struct df_client *client, const char *dir,
			      struct df_diags *diags);
enum df_exit df_confirm_arm(struct df_client *client,
			    const struct df_build *build,
			    const struct df_build_options *options,
			    struct df_diags *diags);
enum df_exit df_confirm(struct df_client *client, const char *dir,
			const struct df_trust *trust, struct df_diags *diags);

/* rollback.c */
enum df_exit df_rollback(struct df_client *client, uint32_t number,
			 const struct df_build_options *options,
			 struct df_diags *diags, struct df_applied *applied,
			 struct df_history_entry *entry);
enum df_exit df_restore(struct df_client *client,
			const struct df_build_options *options,
			struct df_diags *diags, struct df_applied *applied,
			struct df_history_entry *entry);
enum df_exit df_lapse(struct df_client *client,
		      const struct df_build_options *options, bool early,
		      struct df_diags *diags, struct df_applied *applied,
		      struct df_history_entry *entry);

#endif
