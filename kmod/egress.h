/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_EGRESS_H
#define DFENCE_EGRESS_H

int dfence_egress_enable(void);
void dfence_egress_disable(void);

#endif /* DFENCE_EGRESS_H */
