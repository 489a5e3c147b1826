/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the run before this one ended. */
#ifndef DF_RUNMARK_H
#define DF_RUNMARK_H

#include <stdbool.h>

#include "record.h"

enum df_run_end df_runmark_read(const char *dir);
int df_runmark_write(const char *dir, bool running);

#endif
