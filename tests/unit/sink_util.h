/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders, sockets and records for tests of what the daemon writes. */
#ifndef SINK_UTIL_H
#define SINK_UTIL_H

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "event_util.h"
#include "sink.h"

/* A folder of its own for each test; files are named as in test_path(). */
static char test_dir[64];

static inline int make_test_dir(void **state)
{
	strcpy(test_dir, "/tmp/dronefence-daemon-XXXXXX");
	return mkdtemp(test_dir) ? 0 : -1;
}

static inline int remove_test_dir(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", test_dir);
	return system(command);
}

static inline const char *test_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", test_dir, name);
	return path;
}

static inline void write_file(const char *name, const char *text)
{
	FILE *file = fopen(test_path(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The whole of a file, terminated; to be freed. */
static inline char *read_whole(const char *name)
{
	FILE *file = fopen(test_path(name), "r");
	struct stat st;
	char *text;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	text[fread(text, 1, (size_t)st.st_size, file)] = '\0';
	fclose(file);
	return text;
}

static inline int listen_at(const char *name, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", test_dir, name);
	unlink(addr.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static inline struct df_record make_event_record(uint64_t instance, uint64_t seq)
{
	struct df_record record = {
		.type = DF_RECORD_EVENT,
		.instance = instance,
		.time = TEST_TIME,
		.event = make_verdict(),
	};

	record.event.seq = seq;
	return record;
}

#define INSTANCE 77u

static inline void put(struct df_backlog *b, uint64_t first, uint64_t last)
{
	for (; first <= last; first++) {
		struct df_record record = make_event_record(INSTANCE, first);

		df_backlog_append(b, &record, first);
	}
}

/* Next datagram, terminated. */
static inline bool receive(int fd, char *buf, size_t size)
{
	ssize_t length = recv(fd, buf, size - 1, 0);

	if (length < 0) {
		assert_true(errno == EAGAIN);
		return false;
	}
	buf[length] = '\0';
	return true;
}

static inline uint64_t seq_of(const char *text)
{
	const char *p = strstr(text, " seq=\"");

	return p ? strtoull(p + 6, NULL, 10) : 0;
}

#endif
