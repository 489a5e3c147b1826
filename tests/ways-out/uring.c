// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything by io_uring: the socket, the connection, the payload.
 *
 * usage: uring inline|worker|poll
 */

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempt.h"

#define ENTRIES 8

static int ring;
static struct io_uring_params params;
static uint8_t *sq, *cq;
static struct io_uring_sqe *sqes;
static uint8_t flags;

static uint32_t *at(uint8_t *base, uint32_t offset)
{
	return (uint32_t *)(base + offset);
}

static void *map(uint64_t offset, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, ring, offset);

	must(p != MAP_FAILED, "io_uring mmap");
	return p;
}

static void open_ring(const char *mode)
{
	if (!strcmp(mode, "worker"))
		flags = IOSQE_ASYNC;
	if (!strcmp(mode, "poll")) {
		params.flags = IORING_SETUP_SQPOLL;
		params.sq_thread_idle = 2000;
	}
	ring = syscall(__NR_io_uring_setup, ENTRIES, &params);
	must(ring >= 0, "io_uring_setup");
	sq = map(IORING_OFF_SQ_RING,
		 params.sq_off.array + params.sq_entries * sizeof(uint32_t));
	cq = map(IORING_OFF_CQ_RING, params.cq_off.cqes +
		 params.cq_entries * sizeof(struct io_uring_cqe));
	sqes = map(IORING_OFF_SQES, params.sq_entries * sizeof(*sqes));
}

/* One request and its result. */
static int submit(const struct io_uring_sqe *request)
{
	uint32_t tail = *at(sq, params.sq_off.tail);
	uint32_t index = tail & *at(sq, params.sq_off.ring_mask), head;
	unsigned int enter = IORING_ENTER_GETEVENTS;
	struct io_uring_cqe *cqes = (void *)(cq + params.cq_off.cqes);
	int result;

	if (params.flags & IORING_SETUP_SQPOLL)
		enter |= IORING_ENTER_SQ_WAKEUP;
	sqes[index] = *request;
	sqes[index].flags |= flags;
	at(sq, params.sq_off.array)[index] = index;
	__atomic_store_n(at(sq, params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	must(syscall(__NR_io_uring_enter, ring, 1, 1, enter, NULL, 0) >= 0,
	     "io_uring_enter");
	head = *at(cq, params.cq_off.head);
	result = cqes[head & *at(cq, params.cq_off.ring_mask)].res;
	__atomic_store_n(at(cq, params.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return result;
}

int main(int argc, char **argv)
{
	struct sockaddr_storage sa;
	struct io_uring_sqe open = { .opcode = IORING_OP_SOCKET };
	struct io_uring_sqe connect = { .opcode = IORING_OP_CONNECT };
	struct io_uring_sqe send = { .opcode = IORING_OP_SEND };
	static char buf[65536];
	size_t left = way_size();
	int fd, sent = 1;

	if (argc != 2)
		skip("usage");
	connect.off = destination(&sa);
	open_ring(argv[1]);
	open.fd = sa.ss_family;
	open.off = SOCK_STREAM;
	fd = submit(&open);
	if (fd < 0)
		skip("no sockets by io_uring");
	connect.fd = fd;
	connect.addr = (uintptr_t)&sa;
	submit(&connect);
	fill(buf, sizeof(buf));
	send.fd = fd;
	send.msg_flags = MSG_NOSIGNAL;
	while (left && sent > 0) {
		send.addr = (uintptr_t)buf;
		send.len = left < sizeof(buf) ? left : sizeof(buf);
		sent = submit(&send);
		left -= sent > 0 ? sent : 0;
	}
	return 0;
}
