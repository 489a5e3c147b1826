// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop of the daemon. Everything that can take time happens elsewhere:
 * policies are loaded and the store is written by child processes, and sinks are
 * never waited for. Once a second it looks after what nothing announces: a module
 * that was unloaded or loaded anew, a live event that was lost without another
 * behind it, a sink that failed, what its keeper has found.
 *
 * The daemon is not needed for the fence: whatever becomes of it, the policy
 * that is in force stays.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "annotate.h"
#include "apply.h"
#include "control.h"
#include "daemon.h"
#include "declare.h"
#include "degraded.h"
#include "dns_watch.h"
#include "feed.h"
#include "forward.h"
#include "keeper.h"
#include "module.h"
#include "notify.h"
#include "pending.h"
#include "present.h"
#include "proc.h"
#include "reload.h"
#include "runmark.h"
#include "running.h"
#include "switching.h"

#define USEC_PER_SEC 1000000u

/* Most that the keeper is asked for at a time. */
#define NEWS_AT_ONCE 100

/* How often it is looked which applications run. */
#define RUNNING_MS 2000

/* How often it is told that messages did not come from the kernel. */
#define STRANGERS_MS 60000

/* Turns of the timer, which are seconds unless the watchdog wants shorter ones: until
 * the policy is tried again where another one took its place at the start, and what
 * was to be locked again and could not be.
 */
#define RETRY_TURNS 60
#define LOCK_TURNS 10

/* How often it is tried to let a policy come back. */
#define LAPSE_MS 10000

/* How long a request may wait for the disk, and everything else with it. */
#define SETTLE_MS 1000

struct daemon;

/**
 * struct watch - a descriptor in the loop
 * @fd: -1 if there is none
 * @ready: called when it can be read
 */
struct watch {
	int fd;
	void (*ready)(struct daemon *d);
};

/**
 * struct daemon - everything there is
 * @options: command line
 * @epoll: of the loop
 * @signals: SIGHUP, SIGINT, SIGTERM
 * @timer: once a second, or twice in the time of the watchdog
 * @live: live events of @feed
 * @sinks: a sink that was full can be written
 * @child: output of @reload
 * @feed: events from the kernel
 * @forward: events to the sinks
 * @reload: loads a policy
 * @geo: files of the geo data that it was made with
 * @keeper: looks after programs
 * @strangers_next: tell of messages that did not come from the kernel then; ms of
 *	CLOCK_MONOTONIC
 * @requests: of @control
 * @control: where root asks for something
 * @pilots: of @pilot
 * @pilot: where pilots ask for something
 * @declared: what the operator has declared
 * @switching: what is switched
 * @annotate: what is known beside the events
 * @running: applications that have processes
 * @running_next: look for them then; ms of CLOCK_MONOTONIC
 * @version: of the kernel module that there was last
 * @reload_again: another SIGHUP came meanwhile
 * @falling_back: what is being loaded is to take the place of the policy
 * @substitute: what is in force is not the policy file
 * @retry_in: turns of the timer until it is tried to replace it
 * @lock_in: turns of the timer until what is unlocked is looked at again
 * @failed: how loading the policy ended that it is for
 * @history: folder of the policies that were in force
 * @refreshing: @reload looks at the geo data only
 * @lapsing: @reload loads none, but lets the one before come back
 * @lapse_next: look whether it has to then; ms of CLOCK_MONOTONIC
 * @answers: output of @dns
 * @dns: listens to name servers
 * @names: what it heard
 * @stop: leave the loop
 * @code: and end with this
 */
struct daemon {
	const struct df_options *options;
	int epoll;
	struct watch signals;
	struct watch timer;
	struct watch live;
	struct watch sinks;
	struct watch child;
	struct df_feed feed;
	struct df_forward forward;
	struct df_reload reload;
	struct df_geo_watch geo;
	struct df_keeper keeper;
	int64_t strangers_next;
	struct watch requests;
	struct df_control control;
	struct watch pilots;
	struct df_control pilot;
	struct df_switching switching;
	struct df_declared declared;
	struct df_annotate annotate;
	struct df_running running;
	int64_t running_next;
	char version[64];
	bool reload_again;
	bool falling_back;
	bool substitute;
	int retry_in;
	int lock_in;
	enum df_exit failed;
	char history[PATH_MAX];
	bool refreshing;
	bool lapsing;
	int64_t lapse_next;
	struct watch answers;
	struct df_dns_watch dns;
	struct df_dns_table names;
	bool stop;
	enum df_exit code;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int add_watch(struct daemon *d, struct watch *watch, int fd)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.ptr = watch,
	};

	if (fd < 0 || epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	watch->fd = fd;
	return 0;
}

/* A child has a copy of each descriptor: to close ours would not be enough. */
static void remove_watch(struct daemon *d, struct watch *watch)
{
	if (watch->fd >= 0)
		epoll_ctl(d->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
}

static void stop(struct daemon *d, enum df_exit code)
{
	d->stop = true;
	d->code = code;
}

static void tell_state(struct daemon *d)
{
	const struct df_status *status = &d->feed.status;

	if (!d->feed.query)
		df_notify("STATUS=The kernel module is missing. Nothing is fenced.");
	else if (d->substitute && status->generation)
		df_notify("STATUS=Degraded: the policy could not be loaded, another one is in force.");
	else if (!status->generation)
		df_notify("STATUS=No policy is in force. Nothing is fenced.");
	else if (d->keeper.error)
		df_notify("STATUS=Policy generation %u is in force. The keeper does not answer.",
			  status->generation);
	else
		df_notify("STATUS=Policy generation %u is in force.",
			  status->generation);
}

static void tell_module(struct daemon *d, enum df_module_what what)
{
	struct df_record record = {
		.type = DF_RECORD_MODULE,
		.module.what = what,
	};

	if (what != DF_MODULE_UNLOADED)
		memcpy(d->version, d->feed.status.version, sizeof(d->version));
	memcpy(record.module.version, d->version, sizeof(d->version));
	df_forward_own(&d->forward, &record);
}

static void tell_run(struct daemon *d, bool started, enum df_run_end previous)
{
	struct df_record record = {
		.type = DF_RECORD_DAEMON,
		.daemon = { .started = started, .previous = previous },
	};

	df_forward_own(&d->forward, &record);
}

/* The connection to the kernel is of no use any more. */
static void disconnect(struct daemon *d, int err)
{
	if (err == -ENOENT)
		tell_module(d, DF_MODULE_UNLOADED);
	remove_watch(d, &d->live);
	df_feed_close(&d->feed);
	df_forward_message(&d->forward, err == -ENOENT ? LOG_CRIT : LOG_ERR,
			   err == -ENOENT ?
			   "the kernel module was unloaded: nothing is fenced" :
			   "connection to the kernel module: %s", d->feed.error);
	tell_state(d);
}

static void start_reload(struct daemon *d)
{
	char cache[PATH_MAX], last_signed[PATH_MAX];
	struct df_reload_options options = {
		.policy = d->falling_back ? NULL : d->options->policy,
		.geo_root = d->options->geo_root,
		.switches = d->falling_back ? NULL :
			    df_switching_wanted(&d->switching),
		.request = d->switching.busy ? &d->switching.request : NULL,
		.history = d->history,
		.last_signed = last_signed,
		.refresh = d->refreshing,
		.lapse = d->lapsing,
	};
	int err;

	snprintf(last_signed, sizeof(last_signed), "%s/signed",
		 d->options->state_dir);
	if (!d->options->no_cache) {
		snprintf(cache, sizeof(cache), "%s/cache", d->options->state_dir);
		options.cache = cache;
	}
	err = df_reload_start(&d->reload, &options);
	if (!err)
		err = add_watch(d, &d->child, d->reload.fd);
	if (!err)
		return;
	df_reload_cancel(&d->reload);
	df_forward_message(&d->forward, LOG_ERR, "loading the policy: %s",
			   strerror(-err));
	if (d->switching.busy)
		df_switching_end(&d->switching, false);
	if (!d->forward.started)
		stop(d, DF_EXIT_FAILED);
}

static void load_policy(struct daemon *d)
{
	if (d->reload.pid) {
		d->reload_again = true;
		return;
	}
	d->lapsing = false;
	d->refreshing = false;
	start_reload(d);
}

/* Not while something is loaded: that looks at the files as well. */
static void look_at_geo_files(struct daemon *d)
{
	const char *replaced;

	if (d->reload.pid || !d->feed.query)
		return;
	replaced = df_geo_watch_look(&d->geo);
	if (!replaced)
		return;
	df_forward_message(&d->forward, LOG_NOTICE,
			   "geo data was replaced: %s", replaced);
	d->lapsing = false;
	d->refreshing = true;
	start_reload(d);
}

/* Whoever waited for a policy to be confirmed was killed. */
static void look_at_pending(struct daemon *d)
{
	if (!d->feed.query || d->reload.pid || now_ms() < d->lapse_next ||
	    !df_pending_overdue(d->history))
		return;
	d->lapse_next = now_ms() + LAPSE_MS;
	d->lapsing = true;
	d->refreshing = false;
	start_reload(d);
}

static void ready(struct daemon *d)
{
	d->forward.started = true;
	df_notify("READY=1");
	tell_state(d);
}

/* What records are annotated with is of the policy in force. */
static void refresh_policy(struct daemon *d)
{
	const struct df_status *status = &d->feed.status;

	if (d->feed.query)
		df_annotate_policy(&d->annotate, d->feed.query,
				   status->instance, status->generation);
}

static void refresh(struct daemon *d)
{
	bool changed;
	int err;

	if (!d->feed.query)
		return;
	err = df_feed_status(&d->feed, &changed);
	if (err) {
		disconnect(d, err);
		return;
	}
	refresh_policy(d);
	if (!changed)
		return;
	tell_module(d, DF_MODULE_LOADED);
	df_forward_message(&d->forward, LOG_NOTICE,
			   "the kernel module was loaded anew");
	if (!d->options->no_policy && !d->feed.status.generation)
		load_policy(d);
}

static void forward_events(struct daemon *d)
{
	int err = d->feed.query ? df_feed_catch_up(&d->feed) : 0;

	if (err)
		disconnect(d, err);
	df_forward_deliver(&d->forward);
}

static void on_answers(struct daemon *d)
{
	if (df_dns_watch_read(&d->dns, &d->names))
		return;
	remove_watch(d, &d->answers);
	if (df_dns_watch_finish(&d->dns, now_ms()))
		df_forward_message(&d->forward, LOG_WARNING,
				   "names of hosts are not learnt: %s",
				   d->dns.why);
	df_forward_deliver(&d->forward);
}

static void listen_to_answers(struct daemon *d)
{
	if (!d->feed.names || !df_dns_watch_start(&d->dns, now_ms()))
		return;
	if (add_watch(d, &d->answers, d->dns.fd))
		df_dns_watch_cancel(&d->dns);
}

static void on_live(struct daemon *d)
{
	int err;

	/* Whoever connects has had its answer: take those first. */
	if (d->dns.pid)
		on_answers(d);
	err = df_feed_live(&d->feed);
	if (err)
		disconnect(d, err);
	forward_events(d);
}

static void say(int priority, const char *line, void *arg)
{
	struct daemon *d = arg;

	if (priority <= LOG_ERR)
		df_switching_problem(&d->switching, line);
	df_forward_message(&d->forward, priority, "%s", line);
}

/*
 * A machine that has just been started is not left without a fence. One that has
 * lost its module has none either way.
 */
static bool must_fall_back(const struct daemon *d, enum df_exit code)
{
	return !d->forward.started && !d->options->require_policy &&
	       !d->falling_back && code != DF_EXIT_NOT_ENFORCING &&
	       code != DF_EXIT_PERMISSION;
}

static void fall_back(struct daemon *d, enum df_exit code)
{
	df_forward_message(&d->forward, LOG_CRIT,
			   "policy %s was not loaded; the one that was in force last takes its place, or one that is built in, which knows programs below /dronefence.slice only",
			   d->options->policy);
	d->failed = code;
	d->falling_back = true;
	load_policy(d);
}

static void policy_failed(struct daemon *d, enum df_exit code)
{
	uint32_t generation = d->feed.query ? d->feed.status.generation : 0;

	if (!generation && must_fall_back(d, code)) {
		fall_back(d, code);
		return;
	}
	if (generation)
		df_forward_message(&d->forward, LOG_ERR,
				   "policy %s was not loaded; generation %u stays in force",
				   d->options->policy, generation);
	else
		df_forward_message(&d->forward, LOG_CRIT,
				   "policy %s was not loaded; none is in force, nothing is fenced",
				   d->options->policy);
	if (!d->forward.started && (!generation || d->options->require_policy))
		stop(d, d->falling_back ? d->failed : code);
}

/* Also where another run of the daemon found a substitute. */
static void note_substitute(struct daemon *d, bool good)
{
	if (good)
		d->substitute = false;
	else if (!d->forward.started)
		d->substitute = true;
	d->retry_in = RETRY_TURNS;
	df_degraded_write(d->options->control, good ? NULL :
			  "the policy file could not be loaded: another policy is in force");
}

static void tell_refusal(struct daemon *d, uint32_t pid, uint32_t uid,
			 const char *why)
{
	df_forward_message(&d->forward, LOG_WARNING,
			   "process %u of user %u asked to switch: refused: %s",
			   pid, uid, why);
	df_forward_deliver(&d->forward);
}

static void switching_failed(struct daemon *d)
{
	const struct df_declaration *declaration = &d->switching.declaration;

	d->lock_in = LOCK_TURNS;
	/* Nobody asked but the time that is over. */
	if (declaration->pid == (uint32_t)getpid())
		df_forward_message(&d->forward, LOG_CRIT,
				   "application %s is still unlocked: %s",
				   declaration->name, d->switching.why);
	else
		tell_refusal(d, declaration->pid, declaration->uid,
			     d->switching.why);
}

static void end_switching(struct daemon *d, bool done)
{
	if (!df_switching_end(&d->switching, done)) {
		switching_failed(d);
		return;
	}
	df_forward_declaration(&d->forward, &d->switching.declaration);
	df_forward_deliver(&d->forward);
	df_forward_settle(&d->forward, SETTLE_MS);
}

static void loaded(struct daemon *d, enum df_exit code)
{
	bool asked = d->switching.busy;

	if (asked)
		end_switching(d, code == DF_EXIT_OK);
	/* What somebody asks for may be what is wrong. */
	if (d->lapsing || (asked && code != DF_EXIT_OK) ||
	    (d->refreshing && code == DF_EXIT_NO_OBJECT))
		return;
	note_substitute(d, code == DF_EXIT_OK && !d->falling_back);
	if (code == DF_EXIT_OK)
		d->falling_back = false;
	else if (!d->lapsing)
		policy_failed(d, code);
}

static void tell_keeper(struct daemon *d)
{
	if (d->keeper.error)
		df_forward_message(&d->forward, LOG_ERR,
				   "the keeper does not answer: %s; nobody looks after programs, and records may lack names of programs and hosts",
				   strerror(-d->keeper.error));
	else
		df_forward_message(&d->forward, LOG_NOTICE,
				   "the keeper answers again");
	tell_state(d);
}

/* What it found since it was asked last. */
static void hear_keeper(struct daemon *d)
{
	struct df_keep_answer news;
	int i;

	for (i = 0; i < NEWS_AT_ONCE && df_keeper_news(&d->keeper, &news); i++)
		if (news.what == DF_KEEP_STRAY)
			df_forward_stray(&d->forward, &news.stray);
		else
			df_forward_message(&d->forward, (int)news.trouble.priority,
					   "%s", news.trouble.text);
	if (df_keeper_changed(&d->keeper))
		tell_keeper(d);
}

static void on_child(struct daemon *d)
{
	enum df_exit code;

	if (!df_reload_read(&d->reload))
		return;
	remove_watch(d, &d->child);
	code = df_reload_finish(&d->reload, say, d);
	df_keeper_policy(&d->keeper);
	hear_keeper(d);
	refresh(d);
	loaded(d, code);
	if (!d->stop && !d->reload.pid)
		ready(d);
	if (d->reload_again && !d->stop && !d->reload.pid) {
		d->reload_again = false;
		load_policy(d);
	}
	forward_events(d);
}

/* What kept the policy from being loaded may have gone. */
static void retry_policy(struct daemon *d)
{
	if (d->substitute && !d->reload.pid && --d->retry_in <= 0)
		load_policy(d);
}

/* As long as the policy cannot be loaded it stays unlocked, and is tried again. */
static void lock_again(struct daemon *d)
{
	if (d->lock_in > 0) {
		d->lock_in--;
		return;
	}
	if (!d->reload.pid && !d->options->no_policy &&
	    df_switching_expired(&d->switching))
		load_policy(d);
}

static void hang_up(struct daemon *d)
{
	df_notify("RELOADING=1");
	df_forward_reopen(&d->forward);
	if (d->options->no_policy)
		ready(d);
	else
		load_policy(d);
}

static void on_signal(struct daemon *d)
{
	struct signalfd_siginfo info;

	if (read(d->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		hang_up(d);
	else
		stop(d, DF_EXIT_OK);
	df_forward_deliver(&d->forward);
}

static int connect_kernel(struct daemon *d)
{
	int err = df_feed_open(&d->feed);

	if (!err)
		err = add_watch(d, &d->live, df_client_fd(d->feed.live));
	return err;
}

/*
 * The module may have come back. Whoever unloaded it wanted that: the daemon is
 * not the one to load it again.
 */
static void reconnect(struct daemon *d)
{
	if (!df_module_loaded())
		return;
	if (connect_kernel(d)) {
		df_feed_close(&d->feed);
		return;
	}
	df_forward_message(&d->forward, LOG_NOTICE,
			   "connected to the kernel module again");
	refresh(d);
	tell_state(d);
}

static void tell_running(const struct df_app_note *note, void *arg)
{
	struct df_record record = { .type = DF_RECORD_APP, .app = *note };
	struct daemon *d = arg;

	df_forward_own(&d->forward, &record);
}

static void look_who_runs(struct daemon *d)
{
	const struct df_places *places = &d->annotate.places;
	const struct df_status *status = &d->feed.status;

	if (!d->feed.query || now_ms() < d->running_next ||
	    places->instance != status->instance ||
	    places->generation != status->generation)
		return;
	d->running_next = now_ms() + RUNNING_MS;
	df_running_look(&d->running, &places->apps);
}

static void look_at_geo(struct daemon *d)
{
	const char *problem = df_annotate_geo(&d->annotate);

	if (problem)
		df_forward_message(&d->forward, LOG_WARNING, "%s", problem);
}

/* The first event of a new policy comes before the state is asked for again. */
static void annotate(struct df_record *record, void *arg)
{
	struct daemon *d = arg;

	if (!d->feed.fetching && d->feed.query &&
	    record->event.generation > d->annotate.tried)
		df_annotate_policy(&d->annotate, d->feed.query,
				   record->instance, record->event.generation);
	df_annotate_record(&d->annotate, record);
}

static void count_bulk(const struct df_record *record, void *arg)
{
	struct df_record bulk = { .type = DF_RECORD_BULK };
	struct daemon *d = arg;

	if (df_annotate_bulk(&d->annotate, record, &bulk.bulk))
		df_forward_own(&d->forward, &bulk);
}

static void tell_strangers(struct daemon *d)
{
	struct df_strangers *strangers = &d->feed.strangers;

	df_feed_strangers(&d->feed);
	if (!strangers->count)
		return;
	d->strangers_next = now_ms() + STRANGERS_MS;
	df_forward_message(&d->forward, LOG_WARNING,
			   "netlink messages of strangers were ignored: %" PRIu64
			   ", the last from port %u",
			   strangers->count, strangers->port);
	strangers->count = 0;
}

static void on_timer(struct daemon *d)
{
	uint64_t ticks;

	if (read(d->timer.fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	df_notify("WATCHDOG=1");
	if (d->feed.query)
		refresh(d);
	else
		reconnect(d);
	retry_policy(d);
	lock_again(d);
	hear_keeper(d);
	listen_to_answers(d);
	look_who_runs(d);
	look_at_geo(d);
	look_at_geo_files(d);
	look_at_pending(d);
	/* Seldom: a flood of them must not push records out of the log. */
	if (now_ms() >= d->strangers_next)
		tell_strangers(d);
	df_forward_commit(&d->forward, false);
	forward_events(d);
}

static void on_sinks(struct daemon *d)
{
	df_forward_deliver(&d->forward);
}

static void on_requests(struct daemon *d)
{
	df_control_ready(&d->control);
}

static bool is(const json_t *request, const char *name)
{
	const char *what = json_string_value(json_object_get(request, "request"));

	return what && !strcmp(what, name);
}

/* First what is kept: a record of what does not hold would be a lie. */
static json_t *declare(struct daemon *d, const json_t *request,
		       const struct ucred *who)
{
	struct df_declared declared = d->declared;
	struct df_declaration declaration;
	const char *why = df_declare(&declared, request, &declaration);
	int err;

	if (why)
		return df_control_refusal(why);
	err = df_declared_save(d->options->state_dir, &declared);
	if (err)
		return df_control_refusal(strerror(-err));
	d->declared = declared;
	declaration.uid = who->uid;
	declaration.pid = (uint32_t)who->pid;
	df_forward_declaration(&d->forward, &declaration);
	df_forward_deliver(&d->forward);
	/* Seldom, and what was promised is not to be lost with the daemon. */
	df_forward_settle(&d->forward, SETTLE_MS);
	return json_pack("{s:b}", "ok", 1);
}

static const char *begin_switching(struct daemon *d, const json_t *request,
				   const struct ucred *who)
{
	const char *why;

	if (d->options->no_policy)
		return "the daemon was started without a policy";
	why = df_switching_begin(&d->switching, request, who,
				 df_control_is_root(who));
	if (!why)
		load_policy(d);
	return why;
}

static json_t *take_switch(struct daemon *d, const json_t *request,
			   const struct ucred *who)
{
	const char *why;

	/* No refusal that is recorded: he asks again. */
	if (d->reload.pid)
		return json_pack("{s:b, s:b, s:s}", "ok", 0, "busy", 1, "error",
				 "a policy is being loaded; try again");
	why = begin_switching(d, request, who);
	if (!why)
		return json_pack("{s:b, s:I}", "ok", 1, "number",
				 (json_int_t)d->switching.number);
	tell_refusal(d, (uint32_t)who->pid, who->uid, why);
	return df_control_refusal(why);
}

/* What pilots may ask for; that of it what opens the fence is refused comes later. */
static json_t *on_pilot(const json_t *request, const struct ucred *who, void *arg)
{
	struct daemon *d = arg;

	if (is(request, "ping"))
		return json_pack("{s:b}", "ok", 1);
	if (is(request, "status"))
		return df_present(d->feed.query, &d->switching.now);
	if (is(request, "switched"))
		return df_switching_answer(&d->switching, request);
	if (is(request, "switch") || is(request, "unlock") || is(request, "lock"))
		return take_switch(d, request, who);
	return df_control_refusal("only root may ask for that");
}

static json_t *on_request(const json_t *request, const struct ucred *who,
			  void *arg)
{
	if (is(request, "ping") || is(request, "status") ||
	    is(request, "switched") || is(request, "switch") ||
	    is(request, "unlock") || is(request, "lock"))
		return on_pilot(request, who, arg);
	return declare(arg, request, who);
}

static void on_pilots(struct daemon *d)
{
	df_control_ready(&d->pilot);
}

static void open_socket(struct daemon *d, struct df_control *control,
			struct watch *watch, const char *path,
			const char *group)
{
	int err = df_control_open(control, path, group);

	if (!err)
		err = add_watch(d, watch, control->epoll);
	if (err)
		df_forward_message(&d->forward, LOG_WARNING,
				   "no requests are taken at %s: %s", path,
				   strerror(-err));
}

/* Nothing that the fence needs: without it the daemon goes on. */
static void open_control(struct daemon *d)
{
	if (df_declared_load(d->options->state_dir, &d->declared))
		df_forward_message(&d->forward, LOG_WARNING,
				   "what was declared before is not known: the file in %s is damaged",
				   d->options->state_dir);
	if (d->options->control)
		open_socket(d, &d->control, &d->requests, d->options->control,
			    NULL);
	if (d->options->pilot)
		open_socket(d, &d->pilot, &d->pilots, d->options->pilot,
			    d->options->pilot_group);
}

static void flush(void *arg)
{
	struct daemon *d = arg;

	df_forward_deliver(&d->forward);
}

static int open_timer(void)
{
	uint64_t usec = df_notify_watchdog() / 2;
	struct itimerspec spec;
	int fd;

	if (!usec || usec > USEC_PER_SEC)
		usec = USEC_PER_SEC;
	spec.it_interval.tv_sec = (time_t)(usec / USEC_PER_SEC);
	spec.it_interval.tv_nsec = (long)(usec % USEC_PER_SEC) * 1000;
	spec.it_value = spec.it_interval;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd >= 0)
		timerfd_settime(fd, 0, &spec, NULL);
	return fd;
}

static void signals_of(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

/* Before anything that takes time: they wait until the loop comes to them. */
static void hold_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signals_of(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int open_signals(void)
{
	sigset_t set;

	signals_of(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_loop(struct daemon *d)
{
	int err;

	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0)
		return -errno;
	err = add_watch(d, &d->signals, open_signals());
	if (!err)
		err = add_watch(d, &d->timer, open_timer());
	if (!err)
		err = add_watch(d, &d->sinks, d->forward.wait);
	return err;
}

static enum df_exit fail(const char *why, enum df_exit code)
{
	fprintf(stderr, "dronefenced: %s\n", why);
	return code;
}

/* Names are a help for people: without them everything else goes on. */
static void set_up_names(struct daemon *d)
{
	int err;

	if (!d->options->dns)
		return;
	err = df_dns_table_init(&d->names, DF_DNS_TABLE_SIZE);
	if (err) {
		df_forward_message(&d->forward, LOG_WARNING,
				   "names of hosts are not learnt: %s",
				   strerror(-err));
		return;
	}
	d->feed.names = &d->names;
	listen_to_answers(d);
}

/* Without the lock the state is another daemon's, or there is none. */
static void begin_run(struct daemon *d)
{
	const char *dir = d->options->state_dir;
	enum df_run_end previous = DF_RUN_UNKNOWN;

	if (d->forward.lock >= 0) {
		previous = df_runmark_read(dir);
		df_runmark_write(dir, true);
	}
	tell_run(d, true, previous);
	tell_module(d, DF_MODULE_PRESENT);
	look_at_geo(d);
	refresh_policy(d);
}

/* Without memory there would be no policy either. */
static int read_switches(struct daemon *d)
{
	int err = df_switching_init(&d->switching, d->options->state_dir);

	if (err == -ENOMEM)
		return err;
	if (err)
		df_forward_message(&d->forward, LOG_CRIT,
				   "what was switched is not known, so local data mode holds for all: %s: %s",
				   d->switching.path, strerror(-err));
	return 0;
}

static enum df_exit set_up(struct daemon *d)
{
	bool changed;
	int err;

	err = df_forward_init(&d->forward, d->options);
	if (err == -EWOULDBLOCK)
		return fail("another one is running", DF_EXIT_FAILED);
	if (!err)
		err = open_loop(d);
	if (err)
		return fail(strerror(-err), DF_EXIT_FAILED);

	d->feed.backlog = &d->forward.backlog;
	d->feed.flush = flush;
	d->feed.annotate = annotate;
	d->feed.taken = count_bulk;
	d->feed.arg = d;
	err = connect_kernel(d);
	if (!err)
		err = df_feed_status(&d->feed, &changed);
	if (err)
		return fail(*d->feed.error ? d->feed.error : strerror(-err),
			    df_exit_of_client(err));
	df_forward_resume(&d->forward, &d->feed.tracker,
			  d->feed.status.event_next);
	err = read_switches(d);
	if (err)
		return fail(strerror(-err), DF_EXIT_FAILED);
	begin_run(d);
	df_forward_message(&d->forward, LOG_INFO, "dronefenced " DF_VERSION
			   " started, kernel module %s",
			   d->feed.status.version);
	open_control(d);
	set_up_names(d);
	return DF_EXIT_OK;
}

static void run(struct daemon *d)
{
	while (!d->stop) {
		struct epoll_event event;

		if (epoll_wait(d->epoll, &event, 1, -1) == 1)
			((struct watch *)event.data.ptr)->ready(d);
	}
}

static void finish(struct daemon *d)
{
	df_notify("STOPPING=1");
	df_reload_cancel(&d->reload);
	/* Whatever is waiting live is among what is fetched. */
	d->feed.tracker.behind = true;
	if (d->feed.query)
		df_feed_catch_up(&d->feed);
	hear_keeper(d);
	tell_strangers(d);
	tell_run(d, false, DF_RUN_UNKNOWN);
	df_forward_message(&d->forward, LOG_INFO, "stopped%s",
			   d->feed.status.generation ?
			   "; the policy stays in force" : "");
	df_forward_deliver(&d->forward);
	df_forward_commit(&d->forward, true);
	df_forward_deliver(&d->forward);
	if (d->forward.lock >= 0)
		df_runmark_write(d->options->state_dir, false);
}

static void tear_down(struct daemon *d)
{
	df_control_close(&d->control);
	df_control_close(&d->pilot);
	df_switching_free(&d->switching);
	df_dns_watch_cancel(&d->dns);
	df_dns_table_free(&d->names);
	df_proc_ask_exe(NULL, NULL);
	df_keeper_close(&d->keeper);
	df_running_free(&d->running);
	df_annotate_free(&d->annotate);
	df_geo_watch_free(&d->geo);
	df_feed_close(&d->feed);
	df_forward_free(&d->forward);
	if (d->timer.fd >= 0)
		close(d->timer.fd);
	if (d->signals.fd >= 0)
		close(d->signals.fd);
	if (d->epoll >= 0)
		close(d->epoll);
}

static void init_annotate(struct daemon *d)
{
	char cache[PATH_MAX];

	snprintf(cache, sizeof(cache), "%s/cache", d->options->state_dir);
	df_annotate_init(&d->annotate, d->options->geo_root,
			 d->options->no_cache ? NULL : cache);
}

static struct daemon *allocate(const struct df_options *options)
{
	struct daemon *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->options = options;
	d->epoll = -1;
	d->signals = (struct watch){ .fd = -1, .ready = on_signal };
	d->timer = (struct watch){ .fd = -1, .ready = on_timer };
	d->live = (struct watch){ .fd = -1, .ready = on_live };
	d->sinks = (struct watch){ .fd = -1, .ready = on_sinks };
	d->child = (struct watch){ .fd = -1, .ready = on_child };
	d->requests = (struct watch){ .fd = -1, .ready = on_requests };
	df_control_init(&d->control, on_request, d);
	d->pilots = (struct watch){ .fd = -1, .ready = on_pilots };
	df_control_init(&d->pilot, on_pilot, d);
	df_reload_init(&d->reload);
	d->reload.geo = &d->geo;
	d->answers = (struct watch){ .fd = -1, .ready = on_answers };
	df_dns_watch_init(&d->dns);
	df_keeper_init(&d->keeper, options->keeper);
	d->dns.open = df_keeper_listen;
	d->dns.arg = &d->keeper;
	df_proc_ask_exe(df_keeper_exe, &d->keeper);
	d->running.tell = tell_running;
	d->running.arg = d;
	snprintf(d->history, sizeof(d->history), "%s/history",
		 options->state_dir);
	init_annotate(d);
	return d;
}

/**
 * df_daemon_run() - be the daemon
 * @options: command line
 *
 * Return: when it has been told to end, or cannot start.
 */
enum df_exit df_daemon_run(const struct df_options *options)
{
	struct daemon *d = allocate(options);
	enum df_exit code;

	if (!d)
		return fail("out of memory", DF_EXIT_FAILED);
	hold_signals();
	code = set_up(d);
	if (code == DF_EXIT_OK) {
		if (options->no_policy)
			ready(d);
		else
			load_policy(d);
		forward_events(d);
		run(d);
		finish(d);
		code = d->code;
	}
	tear_down(d);
	free(d);
	return code;
}
