/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_IFNAME_H
#define DFENCE_IFNAME_H

#include "core.h"

bool dfence_ifname_match(const char *pattern, const char *name);
const char *dfence_ifname_check(const char *pattern);

#endif /* DFENCE_IFNAME_H */
