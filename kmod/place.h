/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_PLACE_H
#define DFENCE_PLACE_H

int dfence_place_setup(void);
void dfence_place_cleanup(void);
int dfence_place_enable(void);
void dfence_place_disable(void);

#endif /* DFENCE_PLACE_H */
