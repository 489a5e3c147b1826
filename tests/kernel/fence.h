/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tests share.
 *
 *	initial namespace (the laptop)        namespace "world"
 *	veth0 10.9.0.1/24, fd00:9::1/64 <---> veth1 10.9.0.2/24, fd00:9::2/64
 *	default routes -------------------->  CN 223.5.5.5       2400:3200::1
 *	                                      US 8.8.8.8         2001:4860:4860::8888
 *	                                      drone 192.168.42.1
 *
 * A test is on both sides: sockets opened by world_socket() live in the world,
 * code called by run_in() runs in a process of its own in a cgroup.
 */
#ifndef TESTS_FENCE_H
#define TESTS_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "client.h"

/* Seconds for each test. The machines that run them may be slow by nature. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

#define CN4 "223.5.5.5"
#define CN6 "2400:3200::1"
#define US4 "8.8.8.8"
#define US6 "2001:4860:4860::8888"
#define DRONE "192.168.42.1"

#define CGROUPS "/sys/fs/cgroup"
#define APP CGROUPS "/dronefence.slice/app"
#define OTHER CGROUPS "/other"

/* What load_policy() wrote last. */
#define POLICY "/tmp/policy.yaml"

/* run_in() could not do its part. */
#define RUN_FAILED (-10000)

void fence_setup(void);
int shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int write_file(const char *path, const char *text);

int load_policy(const char *yaml, uint32_t *generation);
uint32_t apply_policy(const char *yaml);
struct df_client *open_client(void);
struct df_counters app_counters(const char *app);
struct df_application_info app_info(const char *app);
bool flows_add_up(const char *app);
struct df_status module_status(void);

int make_cgroup(const char *path);
int run_in(const char *cgroup, int (*fn)(void *arg), void *arg);
bool users_rewrite(void);
int enter_netns(const char *name);
int world_socket(int family, int type, int protocol);

socklen_t make_addr(const char *addr, uint16_t port,
		    struct sockaddr_storage *sa);
uint16_t bind_any(int fd, int family, uint16_t port);
size_t kernel_log(const char *since, char *buf, size_t size);
int times(int count);
int kernel_log_mark(const char *mark);

#endif
