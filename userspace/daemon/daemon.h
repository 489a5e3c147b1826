/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DF_DAEMON_H
#define DF_DAEMON_H

#include "exit.h"
#include "options.h"

enum df_exit df_daemon_run(const struct df_options *options);

#endif
