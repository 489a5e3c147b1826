/* SPDX-License-Identifier: GPL-2.0-or-later */
/* That the policy in force is not that of the policy file. */
#ifndef DF_DEGRADED_H
#define DF_DEGRADED_H

/* Longest reason, with the NUL. */
#define DF_DEGRADED_SIZE 256

void df_degraded_write(const char *control, const char *why);
void df_degraded_read(const char *root, char why[DF_DEGRADED_SIZE]);

#endif
