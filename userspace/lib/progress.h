/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a long task is. */
#ifndef DF_PROGRESS_H
#define DF_PROGRESS_H

/**
 * enum df_phase - what is being done
 * @DF_PHASE_READ: reading geo data
 * @DF_PHASE_COMPILE: compiling the policy
 * @DF_PHASE_SEND: sending it to the kernel
 * @DF_PHASE_COMMIT: the kernel puts it into force
 * @DF_PHASES: how many
 */
enum df_phase {
	DF_PHASE_READ,
	DF_PHASE_COMPILE,
	DF_PHASE_SEND,
	DF_PHASE_COMMIT,
	DF_PHASES,
};

/**
 * struct df_progress - who wants to know
 * @report: called when a phase begins, and during DF_PHASE_SEND with the
 *	percentage that was sent; NULL for nobody
 * @arg: for @report
 */
struct df_progress {
	void (*report)(enum df_phase phase, unsigned int percent, void *arg);
	void *arg;
};

void df_progress(const struct df_progress *progress, enum df_phase phase,
		 unsigned int percent);

#endif
