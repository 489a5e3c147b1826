// SPDX-License-Identifier: GPL-2.0-only
/* Wiring only: what is set up in which order, and taken down in reverse. */

#include <linux/init.h>
#include <linux/module.h>

#include "condemn.h"
#include "event.h"
#include "flow.h"
#include "identity.h"
#include "netlink.h"
#include "pins.h"
#include "place.h"
#include "seal.h"
#include "transaction.h"

static int __init dfence_init(void)
{
	int err;

	err = dfence_event_setup();
	if (err)
		return err;
	err = dfence_identity_setup();
	if (err)
		goto cleanup_event;
	err = dfence_flow_setup();
	if (err)
		goto cleanup_identity;
	err = dfence_condemn_setup();
	if (err)
		goto cleanup_flow;
	err = dfence_place_setup();
	if (err)
		goto cleanup_condemn;
	err = dfence_netlink_setup();
	if (err)
		goto cleanup_place;
	return 0;

cleanup_place:
	dfence_place_cleanup();
cleanup_condemn:
	dfence_condemn_cleanup();
cleanup_flow:
	dfence_flow_cleanup();
cleanup_identity:
	dfence_identity_cleanup();
cleanup_event:
	dfence_event_cleanup();
	return err;
}

static void __exit dfence_exit(void)
{
	dfence_netlink_cleanup();
	/* No request runs any more; now no packet will either. */
	dfence_transaction_cleanup();
	dfence_place_cleanup();
	dfence_pins_publish(NULL);
	dfence_seal_cleanup();
	dfence_condemn_cleanup();
	dfence_flow_cleanup();
	dfence_identity_cleanup();
	dfence_event_cleanup();
}

module_init(dfence_init);
module_exit(dfence_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Egress fence for registered drone-control applications");
MODULE_VERSION(DFENCE_VERSION);
