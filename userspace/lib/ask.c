// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One request and one answer, each an object of JSON in a message of its own, on
 * a socket that only root may use.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ask.h"

/* The daemon answers at once, unless it waits for a disk. */
#define PATIENCE_S 20

/**
 * df_ask_connect() - connect to who answers questions
 * @path: of the socket
 * @seconds: that a question, and its answer, may take
 *
 * Return: a descriptor, or a negative errno.
 */
int df_ask_connect(const char *path, unsigned int seconds)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = seconds };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int send_request(int fd, json_t *request)
{
	char text[DF_CONTROL_MAX];
	size_t length = json_dumpb(request, text, sizeof(text), JSON_COMPACT);

	if (!length)
		return -ENOMEM;
	if (length > sizeof(text))
		return -EMSGSIZE;
	return send(fd, text, length, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_answer(int fd, json_t **answer)
{
	char text[DF_CONTROL_MAX];
	ssize_t length = recv(fd, text, sizeof(text), MSG_TRUNC);

	if (length < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (!length)
		return -ECONNRESET;
	if (length > (ssize_t)sizeof(text))
		return -EPROTO;
	*answer = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*answer))
		return 0;
	json_decref(*answer);
	*answer = NULL;
	return -EPROTO;
}

/**
 * df_ask() - ask the daemon
 * @path: of its socket
 * @request: an object
 * @answer: result, a new reference to an object; NULL after an error
 *
 * Return: 0; -ENOENT or -ECONNREFUSED if no daemon listens there; -EACCES without
 * root's rights; another negative errno. That the daemon refuses is an answer.
 */
int df_ask(const char *path, json_t *request, json_t **answer)
{
	int fd = df_ask_connect(path, PATIENCE_S), err;

	*answer = NULL;
	if (fd < 0)
		return fd;
	err = send_request(fd, request);
	if (!err)
		err = receive_answer(fd, answer);
	close(fd);
	return err;
}
