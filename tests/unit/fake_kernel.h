/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel module in shared memory, and the functions of client.h that talk to
 * it in place of netlink. The test is the kernel, the daemon is its child.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "event_util.h"
#include "module.h"

/* Events that it keeps, as many as the real one. */
#define KERNEL_RING 8192

/* Events in one live message. */
#define KERNEL_MESSAGE 12

/**
 * struct kernel - the module
 * @loaded: it is there
 * @may: the daemon has CAP_NET_ADMIN
 * @instance: of this load
 * @generation: of the policy in force
 * @source: digest of its files
 * @event_next: number of the next event
 * @live_next: number of the first event that was not sent live yet
 * @overrun: the live socket has lost messages, and has not told yet
 * @live_end: the live socket holds events before this one and has lost all
 *	from there on; 0 if it has lost none
 * @refuse: the next policies are not accepted
 * @crash: whoever applies a policy dies
 * @hold: whoever applies a policy has to wait
 * @held: somebody does
 * @fetches: how often events were asked for
 * @strangers: messages of somebody else that the daemon did not hear of yet
 */
struct kernel {
	bool loaded;
	bool may;
	uint64_t instance;
	uint32_t generation;
	uint8_t source[DRONEFENCE_DIGEST_LEN];
	uint64_t event_next;
	uint64_t live_next;
	bool overrun;
	uint64_t live_end;
	bool refuse;
	bool crash;
	bool hold;
	bool held;
	uint64_t fetches;
	uint64_t strangers;
};

static struct kernel *kernel;

/* Becomes readable when there is something live. */
static int kernel_fd = -1;

struct df_client {
	char error[DF_CLIENT_ERROR_MAX];
	int fd;
};

static inline uint64_t load(const uint64_t *value)
{
	return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static inline void store(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_SEQ_CST);
}

static inline void kernel_load(uint64_t instance)
{
	*kernel = (struct kernel){
		.loaded = true, .may = true, .instance = instance,
		.event_next = 1, .live_next = 1,
	};
}

static inline int kernel_init(void)
{
	kernel = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Where no descriptor of the daemon is. */
	kernel_fd = fcntl(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
			  F_DUPFD_CLOEXEC, 100);
	return kernel == MAP_FAILED || kernel_fd < 0 ? -1 : 0;
}

/* The process that applies a policy has closed it: the daemon looks itself. */
static inline void kernel_wake(void)
{
	uint64_t one = 1;

	if (write(kernel_fd, &one, sizeof(one)) < 0 && errno != EBADF)
		abort();
}

/* @count events happen; each is also sent live. */
static inline void kernel_events(uint64_t count)
{
	store(&kernel->event_next, kernel->event_next + count);
	kernel_wake();
}

/* @count events happen, and nobody is told. */
static inline void kernel_silent_events(uint64_t count)
{
	store(&kernel->event_next, kernel->event_next + count);
	store(&kernel->live_next, kernel->event_next);
}

/* Too many events for the live socket: it keeps some, and loses the rest. */
static inline void kernel_overrun(uint64_t kept, uint64_t lost)
{
	store(&kernel->live_end, kernel->event_next + kept);
	kernel->overrun = true;
	kernel_events(kept + lost);
}

static inline int kernel_error(struct df_client *client)
{
	if (kernel->loaded)
		return 0;
	strcpy(client->error, "the kernel module dronefence is not loaded");
	return -ENOENT;
}

bool df_module_loaded(void)
{
	return kernel->loaded;
}

int df_client_open(struct df_client **client)
{
	*client = calloc(1, sizeof(**client));
	if (!*client)
		return -ENOMEM;
	(*client)->fd = -1;
	return kernel_error(*client);
}

void df_client_close(struct df_client *client)
{
	if (client && client->fd >= 0)
		close(client->fd);
	free(client);
}

const char *df_client_error(const struct df_client *client)
{
	return client->error;
}

int df_client_status(struct df_client *client, struct df_status *status)
{
	memset(status, 0, sizeof(*status));
	strcpy(status->version, "0.0-fake");
	status->instance = kernel->instance;
	status->generation = kernel->generation;
	status->event_next = load(&kernel->event_next);
	return kernel_error(client);
}

void df_client_strangers(struct df_client *client,
			 struct df_strangers *strangers)
{
	uint64_t count = __atomic_exchange_n(&kernel->strangers, 0,
					     __ATOMIC_SEQ_CST);

	strangers->count += count;
	if (count)
		strangers->port = 4242;
}

int df_client_apply(struct df_client *client, const struct df_image *image,
		    uint32_t expected_generation, const struct df_blob *permit,
		    const struct df_progress *progress, uint32_t *generation)
{
	if (kernel->crash)
		raise(SIGKILL);
	while (__atomic_load_n(&kernel->hold, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&kernel->held, true, __ATOMIC_SEQ_CST);
		usleep(1000);
	}
	if (kernel->refuse || expected_generation != kernel->generation) {
		strcpy(client->error, "kernel reports: no");
		return -ERESTART;
	}
	memcpy(kernel->source, image->source_digest, sizeof(kernel->source));
	*generation = ++kernel->generation;
	kernel_events(1);
	return kernel_error(client);
}

/* None that has programs to be placed. */
int df_client_applications(struct df_client *client,
			   int (*each)(const struct df_application_info *, void *),
			   void *arg)
{
	return kernel_error(client);
}

int df_client_rules(struct df_client *client,
		    int (*each)(const struct df_rule_info *, void *), void *arg)
{
	return kernel_error(client);
}

int df_image_digest(const struct df_image *image,
		    uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	memset(digest, 0x11, DRONEFENCE_DIGEST_LEN);
	return 0;
}

/* Everything passes. */
int df_client_explain_out(struct df_client *client, const char *application,
			  enum df_family family, df_u128 addr, uint8_t protocol,
			  int port, const char *out,
			  struct df_explanation *explanation)
{
	memset(explanation, 0, sizeof(*explanation));
	explanation->verdict = DFENCE_VERDICT_ALLOW;
	return kernel_error(client);
}

int df_client_policy(struct df_client *client, struct df_policy_info *info)
{
	memset(info, 0, sizeof(*info));
	info->generation = kernel->generation;
	memcpy(info->source_digest, kernel->source, sizeof(kernel->source));
	df_image_digest(NULL, info->digest);
	return kernel->generation ? kernel_error(client) : -ENOENT;
}

/* For nobody, as there are no programs. */
int df_client_set_pins(struct df_client *client, const struct df_pin *pins,
		       size_t count, bool keep)
{
	return kernel_error(client);
}

static inline struct df_event kernel_event(uint64_t seq)
{
	struct df_event event = make_verdict();

	event.seq = seq;
	return event;
}

int df_client_events(struct df_client *client, uint64_t since,
		     int (*each)(const struct df_event *, void *), void *arg)
{
	uint64_t next;

	store(&kernel->fetches, kernel->fetches + 1);
	while ((next = load(&kernel->event_next)) > since) {
		struct df_event event;

		if (next > since + KERNEL_RING)
			since = next - KERNEL_RING;
		event = kernel_event(since++);
		each(&event, arg);
	}
	return kernel_error(client);
}

int df_client_subscribe(struct df_client *client)
{
	if (!kernel->may) {
		strcpy(client->error, "event group: Operation not permitted");
		return -EPERM;
	}
	client->fd = dup(kernel_fd);
	store(&kernel->live_next, load(&kernel->event_next));
	return 0;
}

int df_client_fd(const struct df_client *client)
{
	return client->fd;
}

int df_client_receive(struct df_client *client,
		      int (*each)(const struct df_event *, void *), void *arg)
{
	uint64_t count;
	int i;

	if (read(client->fd, &count, sizeof(count)) < 0)
		return 0;
	if (kernel->overrun) {
		kernel->overrun = false;
		kernel_wake();
		return -ENOBUFS;
	}
	for (i = 0; i < KERNEL_MESSAGE; i++) {
		uint64_t seq = load(&kernel->live_next);
		struct df_event event = kernel_event(seq);

		if (seq == load(&kernel->live_end)) {
			store(&kernel->live_end, 0);
			store(&kernel->live_next, load(&kernel->event_next));
			return 0;
		}
		if (seq >= load(&kernel->event_next))
			return 0;
		store(&kernel->live_next, seq + 1);
		each(&event, arg);
	}
	kernel_wake();
	return 0;
}

#endif
