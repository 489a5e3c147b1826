// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers come from anywhere, and reading them is where mistakes are made. So
 * a child process does it, which the kernel allows no more than to receive, to
 * write and to end: no file, no memory, no other system call, and so no use for
 * the capabilities that it still has. The daemon takes from it only messages of
 * one size, and checks them. The sockets are of dns_socket.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dns_watch.h"

#define NS_PER_SEC 1000000000u

/* Between two starts of a process that ends at once; more with each. */
#define DELAY_MIN_MS 1000
#define DELAY_MAX_MS 64000

/* A process that has run so long had no trouble with starting. */
#define STEADY_MS 60000

/* Answers that are read before the events get their turn. */
#define READ_MAX 512
#define READ_AT_ONCE 32

/* Largest packet that IP has. */
#define PACKET_MAX 65535

/* Where the child has what it may use: behind the standard ones. */
#define REPORT_FD 3
#define FIRST_FD 4
#define KEPT_FDS (FIRST_FD + DF_DNS_SOCKETS)

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "which architecture do system calls have here?"
#endif

/* All that the child needs from now on. */
static struct sock_filter calls_only[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0, 5),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_recvmsg, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ppoll, 3, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_write, 2, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit_group, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* When a packet came, 0 if the kernel does not say. */
static uint64_t time_of(struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	struct timespec ts;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_TIMESTAMPNS ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(ts)))
			continue;
		memcpy(&ts, CMSG_DATA(cmsg), sizeof(ts));
		return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
	}
	return 0;
}

/* A pipe that is full loses answers: the daemon has other things to do then. */
static int report(struct df_dns_answer *answers, size_t count, uint64_t time)
{
	size_t i;

	for (i = 0; i < count; i++) {
		answers[i].time = time;
		if (write(REPORT_FD, &answers[i], sizeof(*answers)) < 0 &&
		    errno != EAGAIN)
			return -errno;
	}
	return 0;
}

static int receive(int fd)
{
	static struct df_dns_answer answers[DF_DNS_RECORDS_MAX];
	static uint8_t packet[PACKET_MAX];
	union {
		struct cmsghdr align;
		char data[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec iov = { .iov_base = packet, .iov_len = sizeof(packet) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(fd, &msg, 0);
	uint64_t time;

	/* A network that went away takes nothing else with it. */
	if (length < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENETDOWN ?
		       0 : -errno;
	time = time_of(&msg);
	if (!time)
		return 0;
	return report(answers, df_dns_packet(packet, (size_t)length, answers),
		      time);
}

static int receive_all(void)
{
	struct pollfd polls[DF_DNS_SOCKETS];
	int i, err = 0;

	for (i = 0; i < DF_DNS_SOCKETS; i++)
		polls[i] = (struct pollfd){
			.fd = FIRST_FD + i, .events = POLLIN,
		};
	while (!err) {
		if (ppoll(polls, DF_DNS_SOCKETS, NULL, NULL) < 0 &&
		    errno != EINTR)
			return -errno;
		for (i = 0; !err && i < DF_DNS_SOCKETS; i++)
			if (polls[i].revents)
				err = receive(FIRST_FD + i);
	}
	return err;
}

/* Have nothing else, in an order that overwrites none of them. */
static int keep(int fds[1 + DF_DNS_SOCKETS])
{
	int i;

	for (i = 0; i <= DF_DNS_SOCKETS; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD, KEPT_FDS);
		if (fds[i] < 0)
			return -errno;
	}
	for (i = 0; i <= DF_DNS_SOCKETS; i++)
		if (dup2(fds[i], REPORT_FD + i) < 0)
			return -errno;
	closefrom(KEPT_FDS);
	return 0;
}

static int give_up_rights(void)
{
	const struct sock_fprog filter = {
		.len = sizeof(calls_only) / sizeof(*calls_only),
		.filter = calls_only,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return -errno;
	return 0;
}

static int listen_to(const int sockets[DF_DNS_SOCKETS], int out)
{
	int fds[1 + DF_DNS_SOCKETS] = { out }, on = 1, i, err = 0;

	memcpy(fds + 1, sockets, DF_DNS_SOCKETS * sizeof(*fds));
	for (i = 1; !err && i <= DF_DNS_SOCKETS; i++)
		if (setsockopt(fds[i], SOL_SOCKET, SO_TIMESTAMPNS, &on,
			       sizeof(on)))
			err = -errno;
	if (!err)
		err = keep(fds);
	if (!err)
		err = give_up_rights();
	return err ?: receive_all();
}

/* How it ended is an errno. */
static void child(int err, const int sockets[DF_DNS_SOCKETS], int out,
		  pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ESRCH);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(-(err ?: listen_to(sockets, out)));
}

/**
 * df_dns_watch_init() - nobody listens
 * @watch: result; @open is to be set
 */
void df_dns_watch_init(struct df_dns_watch *watch)
{
	*watch = (struct df_dns_watch){ .fd = -1, .delay = DELAY_MIN_MS };
}

/**
 * df_dns_watch_start() - begin to listen, if nobody does and it is time
 * @watch: of any state
 * @now: ms of CLOCK_MONOTONIC
 *
 * Return: true if a process was started: wait until @watch->fd can be read.
 */
bool df_dns_watch_start(struct df_dns_watch *watch, int64_t now)
{
	int sockets[DF_DNS_SOCKETS] = { -1, -1 }, fds[2], err, i;
	pid_t parent = getpid();

	if (watch->pid || now < watch->retry ||
	    pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return false;
	watch->started = now;
	err = watch->open(sockets, watch->arg);
	watch->pid = fork();
	if (!watch->pid)
		child(err, sockets, fds[1], parent);
	for (i = 0; !err && i < DF_DNS_SOCKETS; i++)
		close(sockets[i]);
	close(fds[1]);
	if (watch->pid < 0) {
		watch->pid = 0;
		watch->retry = now + watch->delay;
		close(fds[0]);
		return false;
	}
	watch->fd = fds[0];
	return true;
}

static bool take(struct df_dns_table *table,
		 const struct df_dns_answer *answers, size_t length)
{
	size_t i;

	for (i = 0; i < length / sizeof(*answers); i++) {
		if (!df_dns_answer_valid(&answers[i]))
			return false;
		df_dns_table_add(table, &answers[i]);
	}
	return length % sizeof(*answers) == 0;
}

/**
 * df_dns_watch_read() - take answers that have come
 * @watch: of any state; never waited for
 * @table: where they go
 *
 * Return: false if the process has ended, or says what it cannot: call
 * df_dns_watch_finish().
 */
bool df_dns_watch_read(struct df_dns_watch *watch, struct df_dns_table *table)
{
	static struct df_dns_answer answers[READ_AT_ONCE];
	ssize_t length;
	int i;

	for (i = 0; i < READ_MAX / READ_AT_ONCE && watch->pid; i++) {
		length = read(watch->fd, answers, sizeof(answers));
		if (length < 0)
			return errno == EAGAIN || errno == EINTR;
		if (!length || !take(table, answers, (size_t)length))
			return false;
	}
	return true;
}

static int reap(struct df_dns_watch *watch)
{
	int status = 0;

	/* It may still run, and nobody listens to it any more. */
	kill(watch->pid, SIGKILL);
	while (waitpid(watch->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(watch->fd);
	watch->pid = 0;
	watch->fd = -1;
	return status;
}

/**
 * df_dns_watch_finish() - df_dns_watch_read() was the last time
 * @watch: there is a process
 * @now: ms of CLOCK_MONOTONIC
 *
 * Return: true if @watch->why is another reason than last time.
 */
bool df_dns_watch_finish(struct df_dns_watch *watch, int64_t now)
{
	char before[DF_DNS_WHY_SIZE];
	int status = reap(watch);

	strcpy(before, watch->why);
	if (now - watch->started >= STEADY_MS)
		watch->delay = DELAY_MIN_MS;
	watch->retry = now + watch->delay;
	watch->delay *= 2;
	if (watch->delay > DELAY_MAX_MS)
		watch->delay = DELAY_MAX_MS;
	if (WIFEXITED(status))
		snprintf(watch->why, sizeof(watch->why), "%s",
			 strerror(WEXITSTATUS(status)));
	else
		snprintf(watch->why, sizeof(watch->why),
			 "the process was ended by signal %d", WTERMSIG(status));
	return strcmp(before, watch->why);
}

/**
 * df_dns_watch_cancel() - do not listen any more
 * @watch: of any state
 */
void df_dns_watch_cancel(struct df_dns_watch *watch)
{
	if (watch->pid)
		reap(watch);
}
