/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a comparison of policies is made, and shown. */
#ifndef DF_CLI_REPLAY_PRINT_H
#define DF_CLI_REPLAY_PRINT_H

#include <stdio.h>

#include "replay.h"
#include "span.h"

enum df_exit replay_records(struct span *span, const struct df_image *image);
void replay_text(FILE *out, const struct df_replay *replay,
		 const struct span *span);
json_t *replay_json(const struct df_replay *replay, const struct span *span);

#endif
