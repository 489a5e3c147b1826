// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel numbers its events 1, 2, 3 ... and keeps the latest. New ones come
 * live, but not reliably; those that are still kept can be fetched. So a live
 * event is taken if it is the very next one. Any other means that something
 * was missed: then live events are left alone until everything from there on
 * has been fetched. What the kernel does not keep any more shows as a gap
 * between two events that were taken; the backlog makes a loss of it.
 */
#include "tracker.h"

/**
 * df_tracker_live() - a live event has come
 * @tracker: where the daemon stands
 * @seq: number of the event
 *
 * Return: true if it is to be taken. Otherwise it is known already, or it will
 * be fetched.
 */
bool df_tracker_live(struct df_tracker *tracker, uint64_t seq)
{
	if (tracker->behind || seq < tracker->next)
		return false;
	if (seq > tracker->next) {
		tracker->behind = true;
		return false;
	}
	tracker->next++;
	return true;
}

/**
 * df_tracker_fetched() - an event has come that was asked for
 * @tracker: where the daemon stands
 * @seq: number of the event
 *
 * The caller clears @behind when all have come.
 *
 * Return: true if it is to be taken; those between the last one and this one
 * are lost.
 */
bool df_tracker_fetched(struct df_tracker *tracker, uint64_t seq)
{
	if (seq < tracker->next)
		return false;
	tracker->next = seq + 1;
	return true;
}

/**
 * df_tracker_status() - the kernel has said where it stands
 * @tracker: where the daemon stands
 * @instance: random number of this load of the module
 * @event_next: number that its next event will get
 *
 * Return: true if the module was loaded anew, so that counting starts again.
 */
bool df_tracker_status(struct df_tracker *tracker, uint64_t instance,
		       uint64_t event_next)
{
	bool changed = instance != tracker->instance;

	if (changed) {
		tracker->instance = instance;
		tracker->next = 1;
	}
	if (event_next > tracker->next)
		tracker->behind = true;
	return changed;
}
