// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A record has the number of a process, which says little once the process has
 * ended, and may say something wrong once another has got the number. So a
 * process is looked at when a record of it arrives, and what is seen holds for
 * the time that it is known to have run: from its beginning to the last look. A
 * record from that time is of this process, whatever became of it since; for any
 * other the process is looked at again, or nothing is said.
 *
 * So the end of a flow names the program too, if the flow began while the process
 * was known. And a flood of records costs one look, because all of them are older
 * than it.
 */
#include <string.h>

#include "policy.h"
#include "who.h"

#define NS_PER_SEC 1000000000u

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t tail = strlen(end);

	return length > tail && !memcmp(text + length - tail, end, tail);
}

/**
 * df_unit_of() - the unit of systemd that a cgroup belongs to
 * @path: of the cgroup
 * @unit: result: the innermost service or scope; "" for none, or one whose name
 *	is longer than systemd makes them
 *
 * Return: true if there is one.
 */
bool df_unit_of(const char *path, char unit[DF_UNIT_MAX])
{
	const char *found = NULL;
	size_t found_length = 0;

	unit[0] = '\0';
	while (*path) {
		size_t length = strcspn(path, "/");

		if (ends_with(path, length, ".service") ||
		    ends_with(path, length, ".scope")) {
			found = path;
			found_length = length;
		}
		path += length + (path[length] == '/');
	}
	if (!found || found_length >= DF_UNIT_MAX)
		return false;
	memcpy(unit, found, found_length);
	unit[found_length] = '\0';
	return true;
}

/* When the process must have run: at the packet, or when its flow began. */
static uint64_t moment(const struct df_event *event)
{
	uint64_t age;

	if (event->type != DFENCE_EVENT_FLOW_END)
		return event->boottime;
	/* Both are of the same clock, whatever somebody set that to meanwhile. */
	age = event->time > event->start ? event->time - event->start : 0;
	return event->boottime > age ? event->boottime - age : 0;
}

static bool covers(const struct df_who_proc *proc, const struct df_event *event)
{
	uint64_t at = moment(event);

	return proc->pid == event->pid && proc->look.from <= at &&
	       at <= proc->look.until;
}

/* Is it where the record says? A program that was placed is there no more. */
static bool fits(const struct df_who_look *look, const struct df_event *event)
{
	char placed[DRONEFENCE_PATTERN_MAX + 1];

	if (event->type != DFENCE_EVENT_PLACED)
		return look->cgroup == event->cgroup;
	df_place_pattern(event->application, placed, sizeof(placed));
	return !strcmp(look->path, placed);
}

static struct df_who_unit *unit_slot(struct df_who *who, uint64_t cgroup)
{
	return &who->units[(cgroup ^ cgroup >> 32) % DF_WHO_UNITS];
}

static void remember_unit(uint64_t cgroup, const char *path, void *arg)
{
	struct df_who *who = arg;
	struct df_who_unit *slot = unit_slot(who, cgroup);

	slot->cgroup = cgroup;
	df_unit_of(path, slot->unit);
}

/* What is remembered of the process at the time of the record, or NULL. */
static const struct df_who_look *find_proc(struct df_who *who,
					   const struct df_event *event)
{
	struct df_who_proc *proc = &who->procs[event->pid % DF_WHO_PROCS];
	struct df_who_look look;

	if (covers(proc, event))
		return &proc->look;
	if (!who->ops->look(event->pid, &look))
		return NULL;
	proc->pid = event->pid;
	proc->look = look;
	if (look.cgroup)
		remember_unit(look.cgroup, look.path, who);
	return covers(proc, event) ? &proc->look : NULL;
}

/*
 * To look at all cgroups takes a while: at most once a second, and not again for
 * one that is gone.
 */
static void search(struct df_who *who, uint64_t cgroup)
{
	uint64_t now = who->ops->now();

	if (who->searched && now < who->searched + NS_PER_SEC)
		return;
	who->searched = now;
	/* First: if it is there, what is found takes this place. */
	remember_unit(cgroup, "", who);
	who->ops->walk(remember_unit, who);
}

/**
 * df_who_ask() - say of a record what ran, and in which unit
 * @who: @ops is set, the rest was zero at first
 * @event: of a process
 * @notes: @exe and @unit are set where they are known
 */
void df_who_ask(struct df_who *who, const struct df_event *event,
		struct df_notes *notes)
{
	const struct df_who_look *look;
	const struct df_who_unit *slot;

	if (event->forwarded)
		return;
	look = event->pid ? find_proc(who, event) : NULL;
	if (look && fits(look, event))
		memcpy(notes->exe, look->exe, sizeof(notes->exe));
	if (!event->cgroup)
		return;
	slot = unit_slot(who, event->cgroup);
	if (slot->cgroup != event->cgroup)
		search(who, event->cgroup);
	if (slot->cgroup == event->cgroup)
		memcpy(notes->unit, slot->unit, sizeof(notes->unit));
}
