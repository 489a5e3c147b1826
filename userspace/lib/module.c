// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "module.h"

/**
 * df_module_loaded() - is the kernel module there
 *
 * To ask for its netlink family, as df_client_open() does, makes the kernel
 * start modprobe. Somebody who looks every second asks here first.
 *
 * Return: true if it is loaded.
 */
bool df_module_loaded(void)
{
	return !access("/sys/module/dronefence", F_OK);
}
