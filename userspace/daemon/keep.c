// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has to do with other processes takes rights that the daemon is better without:
 * it reads what comes from the network and from files. So a process of its own, the
 * keeper, sets up the cgroups where programs are placed, pins their files and looks
 * for strays. What the policy is it asks the kernel, and nobody else: whoever takes
 * over the daemon cannot make it touch what the policy in force does not name. All
 * that it takes from the daemon is struct df_keep_question.
 *
 * It goes on without the daemon, as the fence goes on without either.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "anchor.h"
#include "dns_socket.h"
#include "health.h"
#include "keep.h"
#include "keep_message.h"
#include "module.h"
#include "notify.h"
#include "owner.h"
#include "pins.h"
#include "proc.h"
#include "strays.h"

/* Where systemd puts the socket that it made, see sd_listen_fds(3). */
#define LISTEN_FD 3

/* Who asks at a time; for one more the oldest has to go. */
#define PEERS 4

/* What happened and nobody asked for yet. */
#define NEWS_MAX 64

/* How often the policy is looked at, and strays are looked for; how long after a
 * change of the policy.
 */
#define TICK_MS 1000
#define STRAYS_MS 5000
#define STRAYS_SOON_MS 1000

/**
 * struct keep - everything there is
 * @listen: where daemons connect, -1 for the child of one
 * @peers: those that did, -1 for none
 * @next_peer: place for the next one
 * @client: of the kernel module, NULL while it is not there
 * @instance: load of the module whose policy has its cgroups
 * @generation: of that policy
 * @strays: programs that run outside of their application, and what the policy names
 * @strays_next: look for them then; ms of CLOCK_MONOTONIC
 * @blind: it was told that they cannot be found
 * @pins: files of programs, and who looks for them
 * @news: from the oldest on; a ring
 * @news_first: the oldest
 * @news_count: how many
 * @news_lost: how many more there were
 */
struct keep {
	int listen;
	int peers[PEERS];
	size_t next_peer;
	struct df_client *client;
	uint64_t instance;
	uint32_t generation;
	struct df_strays strays;
	int64_t strays_next;
	bool blind;
	struct df_pins pins;
	struct df_keep_answer news[NEWS_MAX];
	size_t news_first, news_count;
	uint64_t news_lost;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A place for one more, zeroed. The oldest makes room. */
static struct df_keep_answer *add_news(struct keep *k, enum df_keep_what what)
{
	struct df_keep_answer *news;

	if (k->news_count == NEWS_MAX) {
		k->news_first = (k->news_first + 1) % NEWS_MAX;
		k->news_count--;
		k->news_lost++;
	}
	news = &k->news[(k->news_first + k->news_count++) % NEWS_MAX];
	memset(news, 0, sizeof(*news));
	news->what = what;
	return news;
}

static void tell_trouble(struct keep *k, uint32_t priority, const char *text)
{
	struct df_keep_trouble *trouble = &add_news(k, DF_KEEP_TROUBLE)->trouble;

	trouble->priority = priority;
	snprintf(trouble->text, sizeof(trouble->text), "%s", text);
}

static void tell_stray(const struct df_stray *stray, void *arg)
{
	struct df_stray *to = &add_news(arg, DF_KEEP_STRAY)->stray;

	/* Not as a whole: what is behind its texts is nobody's business. */
	strcpy(to->application, stray->application);
	to->action = stray->action;
	to->pid = stray->pid;
	to->uid = stray->uid;
	strcpy(to->exe, stray->exe);
	strcpy(to->error, stray->error);
}

static void disconnect(struct keep *k)
{
	df_client_close(k->client);
	k->client = NULL;
}

/* The state of the kernel; false without one. */
static bool read_status(struct keep *k, struct df_status *status)
{
	if (!k->client && (!df_module_loaded() || df_client_open(&k->client))) {
		disconnect(k);
		return false;
	}
	if (!df_client_status(k->client, status))
		return true;
	disconnect(k);
	return false;
}

static void find_files(struct keep *k)
{
	df_pins_start(&k->pins, &k->strays);
}

static void set_up_cgroups(struct keep *k)
{
	struct df_diags diags = { 0 };
	size_t i;

	if (df_anchor_all(k->client, &diags))
		df_diag(&diags, DF_ERROR, NULL, NULL,
			"the cgroups where programs are placed could not be set up: %s",
			df_client_error(k->client));
	for (i = 0; i < diags.count; i++)
		tell_trouble(k, LOG_ERR, diags.list[i].message);
	if (diags.lost)
		tell_trouble(k, LOG_ERR, "out of memory");
	df_diags_free(&diags);
}

/* Once for each policy: that it did not work is not told each second. */
static void look_at_cgroups(struct keep *k, const struct df_status *status)
{
	if (k->instance == status->instance &&
	    k->generation == status->generation)
		return;
	k->instance = status->instance;
	k->generation = status->generation;
	if (status->generation)
		set_up_cgroups(k);
}

/* Is there another policy? If so it is known afterwards, and has its cgroups. */
static bool take_policy(struct keep *k, const struct df_status *status)
{
	look_at_cgroups(k, status);
	if (k->strays.instance == status->instance &&
	    k->strays.generation == status->generation)
		return false;
	if (!df_strays_load(&k->strays, k->client, status))
		find_files(k);
	/* Where to put them may be set up by somebody else just now. */
	k->strays_next = now_ms() + STRAYS_SOON_MS;
	return true;
}

static void look_for_strays(struct keep *k)
{
	if (now_ms() < k->strays_next)
		return;
	k->strays_next = now_ms() + STRAYS_MS;
	find_files(k);
	df_strays_look(&k->strays);
	if (k->strays.blind && !k->blind)
		tell_trouble(k, LOG_WARNING,
			     "what processes of others run cannot be seen, so not all strays are found: CAP_SYS_PTRACE is missing");
	k->blind = k->strays.blind;
}

static void look_around(struct keep *k)
{
	struct df_status status;

	if (read_status(k, &status) && !take_policy(k, &status))
		look_for_strays(k);
}

static void on_finder(struct keep *k)
{
	if (df_pins_read(&k->pins) && df_pins_finish(&k->pins, &k->strays))
		tell_trouble(k, LOG_WARNING, k->pins.now.problem);
}

static int answer_policy(struct keep *k)
{
	struct df_status status;

	if (!read_status(k, &status))
		return -ENOENT;
	take_policy(k, &status);
	return 0;
}

static int answer_exe(uint32_t pid, struct df_keep_answer *answer)
{
	int err = df_proc_exe((pid_t)pid, answer->exe, sizeof(answer->exe));

	if (err)
		memset(answer->exe, 0, sizeof(answer->exe));
	return err;
}

static void answer_news(struct keep *k, struct df_keep_answer *answer)
{
	struct df_keep_trouble *trouble = &answer->trouble;

	if (!k->news_count)
		return;
	if (k->news_lost) {
		answer->what = DF_KEEP_TROUBLE;
		trouble->priority = LOG_WARNING;
		snprintf(trouble->text, sizeof(trouble->text),
			 "%" PRIu64 " strays and messages of the keeper are not told: nobody asked in time",
			 k->news_lost);
		k->news_lost = 0;
		return;
	}
	*answer = k->news[k->news_first];
	k->news_first = (k->news_first + 1) % NEWS_MAX;
	k->news_count--;
}

static int answer_to(struct keep *k, const struct df_keep_question *question,
		     int to)
{
	struct df_keep_answer answer;
	int fds[DF_KEEP_FDS], err = 0;
	bool listen = false;

	memset(&answer, 0, sizeof(answer));
	answer.what = question->what;
	switch (question->what) {
	case DF_KEEP_POLICY:
		err = answer_policy(k);
		break;
	case DF_KEEP_EXE:
		err = answer_exe(question->pid, &answer);
		break;
	case DF_KEEP_LISTEN:
		err = df_dns_sockets(fds);
		listen = !err;
		break;
	default:
		answer_news(k, &answer);
		break;
	}
	answer.number = question->number;
	answer.error = (uint32_t)-err;
	err = df_keep_send(to, &answer, sizeof(answer), listen ? fds : NULL);
	if (listen) {
		close(fds[0]);
		close(fds[1]);
	}
	return err;
}

static void drop(int *peer)
{
	if (*peer >= 0)
		close(*peer);
	*peer = -1;
}

/* Whoever asks what is no question is not talked to. */
static void serve(struct keep *k, int *peer)
{
	struct df_keep_question question;
	int err = df_keep_receive(*peer, &question, sizeof(question), NULL);

	if (err == -EAGAIN || err == -EINTR)
		return;
	if (err || !df_keep_question_valid(&question) ||
	    answer_to(k, &question, *peer))
		drop(peer);
}

/* The mode of the socket says the same; this holds if somebody changed that. */
static bool may_ask(int fd)
{
	struct ucred who;
	socklen_t length = sizeof(who);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) &&
	       (who.uid == geteuid() || df_owner_is_daemon(who.uid));
}

static void take_peer(struct keep *k)
{
	int fd = accept4(k->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int *place = &k->peers[k->next_peer];

	if (fd < 0)
		return;
	if (!may_ask(fd)) {
		close(fd);
		return;
	}
	drop(place);
	*place = fd;
	k->next_peer = (k->next_peer + 1) % PEERS;
}

static void wait_for_something(struct keep *k, int64_t until)
{
	struct pollfd polls[PEERS + 2] = {
		{ .fd = k->listen, .events = POLLIN },
		{ .fd = k->pins.fd, .events = POLLIN },
	};
	int64_t left = until - now_ms();
	size_t i;

	for (i = 0; i < PEERS; i++)
		polls[2 + i] = (struct pollfd){
			.fd = k->peers[i], .events = POLLIN,
		};
	if (poll(polls, PEERS + 2, left > 0 ? (int)left : 0) <= 0)
		return;
	for (i = 0; i < PEERS; i++)
		if (polls[2 + i].revents)
			serve(k, &k->peers[i]);
	/* These change what is waited for: last. */
	if (polls[0].revents)
		take_peer(k);
	if (polls[1].revents)
		on_finder(k);
}

/* A child is there for its daemon, and for nobody else. */
static bool is_needed(const struct keep *k)
{
	return k->listen >= 0 || k->peers[0] >= 0;
}

static void run(struct keep *k)
{
	int64_t next = now_ms();

	while (is_needed(k)) {
		if (now_ms() >= next) {
			next = now_ms() + TICK_MS;
			look_around(k);
			/* A child has that of its daemon, which speaks for itself. */
			if (k->listen >= 0)
				df_notify("WATCHDOG=1");
		}
		wait_for_something(k, next);
	}
}

static struct keep *allocate(int listen, int peer)
{
	struct keep *k = calloc(1, sizeof(*k));
	size_t i;

	if (!k)
		return NULL;
	k->listen = listen;
	for (i = 0; i < PEERS; i++)
		k->peers[i] = -1;
	k->peers[0] = peer;
	k->strays.tell = tell_stray;
	k->strays.arg = k;
	df_pins_init(&k->pins);
	prctl(PR_SET_NAME, DF_KEEPER_COMM);
	signal(SIGPIPE, SIG_IGN);
	return k;
}

static void tear_down(struct keep *k)
{
	df_pins_cancel(&k->pins);
	df_strays_free(&k->strays);
	disconnect(k);
	free(k);
}

static bool is_given_a_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	return pid && count && atoi(pid) == getpid() && !strcmp(count, "1");
}

/**
 * df_keep_run() - be the keeper, at the socket that systemd made
 *
 * Return: only when it cannot be.
 */
enum df_exit df_keep_run(void)
{
	struct keep *k;

	if (!is_given_a_socket()) {
		fprintf(stderr, "dronefenced: --keep takes one socket from systemd\n");
		return DF_EXIT_USAGE;
	}
	k = allocate(LISTEN_FD, -1);
	if (!k) {
		fprintf(stderr, "dronefenced: %s\n", strerror(ENOMEM));
		return DF_EXIT_FAILED;
	}
	look_around(k);
	df_notify("READY=1");
	run(k);
	tear_down(k);
	return DF_EXIT_FAILED;
}

/**
 * df_keep_child() - be the keeper of one daemon, until it ends
 * @fd: socket that it asks by
 */
void df_keep_child(int fd)
{
	struct keep *k = allocate(-1, fd);

	if (!k)
		return;
	run(k);
	tear_down(k);
}
