/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy into force at the start of a machine, before the daemon runs. */
#ifndef DF_LOAD_H
#define DF_LOAD_H

#include "exit.h"
#include "options.h"

enum df_exit df_load_run(const struct df_options *options);

#endif
