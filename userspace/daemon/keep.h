/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keeper: the part of the daemon that has rights over other processes. */
#ifndef DF_KEEP_H
#define DF_KEEP_H

#include "exit.h"

enum df_exit df_keep_run(void);
void df_keep_child(int fd);

#endif
