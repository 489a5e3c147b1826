/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DF_MODULE_H
#define DF_MODULE_H

#include <stdbool.h>

bool df_module_loaded(void);
bool df_module_file(const char *root, const char *release, const char *list,
		    const char *name, char *path);

#endif
