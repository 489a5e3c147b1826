// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites are a module of their own that holds a copy of everything but
 * main.c: its policies and flows are not those that packets meet, and no hook
 * and no netlink family are registered. KUnit runs the suites while this is
 * being loaded; some kernels do so before the module's own function for that
 * would be called, so there is none.
 */

#include <linux/init.h>
#include <linux/module.h>

#include "event.h"
#include "flow.h"
#include "identity.h"
#include "main_kunit.h"

/**
 * dfence_kunit_setup() - what main.c sets up, as far as the suites need it
 * @suite: that is about to run
 *
 * It refers to code that is dropped when the module has been loaded; suites
 * have run by then.
 *
 * Return: 0 or -ENOMEM.
 */
int __ref dfence_kunit_setup(struct kunit_suite *suite)
{
	int err = dfence_event_setup();

	if (err)
		return err;
	err = dfence_identity_setup();
	if (err)
		goto cleanup_event;
	err = dfence_flow_setup();
	if (err)
		goto cleanup_identity;
	return 0;

cleanup_identity:
	dfence_identity_cleanup();
cleanup_event:
	dfence_event_cleanup();
	return err;
}

/**
 * dfence_kunit_cleanup() - undo dfence_kunit_setup()
 * @suite: that has run
 */
void dfence_kunit_cleanup(struct kunit_suite *suite)
{
	dfence_flow_cleanup();
	dfence_identity_cleanup();
	dfence_event_cleanup();
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of dronefence");
