/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the fence stands, for who may not ask the kernel. */
#ifndef DF_PRESENT_H
#define DF_PRESENT_H

#include <jansson.h>

#include "client.h"
#include "switches.h"

json_t *df_present(struct df_client *client, const struct df_switches *switches);

#endif
