/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DFENCE_PATTERN_H
#define DFENCE_PATTERN_H

#include "core.h"

const char *dfence_pattern_check(const char *pattern);
bool dfence_pattern_match(const char *pattern, const char *path);

#endif /* DFENCE_PATTERN_H */
