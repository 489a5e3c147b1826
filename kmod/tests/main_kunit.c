// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites are a module of their own that holds a copy of everything but
 * main.c: its policies and flows are not those that packets meet, and no hook
 * and no netlink family are registered. KUnit runs the suites when this has
 * been loaded.
 */

#include <linux/init.h>
#include <linux/module.h>

#include "identity.h"

static int __init dfence_kunit_init(void)
{
	return dfence_identity_setup();
}

static void __exit dfence_kunit_exit(void)
{
	dfence_identity_cleanup();
}

module_init(dfence_kunit_init);
module_exit(dfence_kunit_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of dronefence");
