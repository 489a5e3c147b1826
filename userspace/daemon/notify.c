// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

/**
 * df_notify() - send a state to the service manager; see sd_notify(3)
 * @fmt: printf format of lines like "READY=1"
 *
 * Return: 0, also if there is no service manager; a negative errno.
 */
int df_notify(const char *fmt, ...)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	char state[512];
	va_list args;
	int fd, err = 0;

	if (!length)
		return 0;
	if (length >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, length);
	/* A name in the abstract namespace begins with a NUL. */
	if (*path == '@')
		addr.sun_path[0] = '\0';

	va_start(args, fmt);
	vsnprintf(state, sizeof(state), fmt, args);
	va_end(args);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		   (struct sockaddr *)&addr,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/**
 * df_notify_watchdog() - how long the service manager waits for "WATCHDOG=1"
 *
 * Return: microseconds, 0 if it does not wait.
 */
uint64_t df_notify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10);
}
