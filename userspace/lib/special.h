/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that the Internet reaches, and those that it does not. */
#ifndef DF_SPECIAL_H
#define DF_SPECIAL_H

#include <stdbool.h>

#include "addr.h"

bool df_addr_is_public(enum df_family family, df_u128 addr);

#endif
