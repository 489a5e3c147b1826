// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "progress.h"

/**
 * df_progress() - report how far a task is
 * @progress: who wants to know; may be NULL
 * @phase: what is being done
 * @percent: how much of it is done, 0 where that is not known
 */
void df_progress(const struct df_progress *progress, enum df_phase phase,
		 unsigned int percent)
{
	if (progress && progress->report)
		progress->report(phase, percent, progress->arg);
}
