// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A Unix socket that keeps the borders of messages. Whoever may connect sends one
 * object of JSON, gets one back, and is disconnected. Nothing here waits: who does
 * not take the answer at once does not get it, and who connects and says nothing
 * goes when others come.
 */
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "control.h"

/* In place of the index of a client. */
#define LISTEN DF_CONTROL_CLIENTS

/**
 * df_control_init() - no socket
 * @control: result
 * @answer: called for each request of somebody who may ask
 * @arg: for @answer
 */
void df_control_init(struct df_control *control, df_control_fn answer,
		     void *arg)
{
	size_t i;

	memset(control, 0, sizeof(*control));
	control->epoll = -1;
	control->listen = -1;
	for (i = 0; i < DF_CONTROL_CLIENTS; i++)
		control->clients[i].fd = -1;
	control->answer = answer;
	control->arg = arg;
}

static int set_path(const char *path, struct sockaddr_un *addr)
{
	char copy[PATH_MAX];

	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(addr->sun_path))
		return -ENAMETOOLONG;
	strcpy(addr->sun_path, path);
	/* The unit makes the folder; without it there may be none. */
	strcpy(copy, path);
	if (mkdir(dirname(copy), 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

/* To connect to a file fails in the same way as to an old socket. */
static int remove_socket(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) ? -errno : 0;
}

/* A socket that nobody listens at is left from a daemon that was killed. */
static int remove_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ||
	    errno == EAGAIN)
		err = -EADDRINUSE;
	else if (errno == ECONNREFUSED)
		err = remove_socket(addr->sun_path);
	else if (errno != ENOENT)
		err = -errno;
	close(fd);
	return err;
}

/* The mode is set before there is a name: at no moment may others connect. */
static int bind_to(int fd, const struct sockaddr_un *addr, mode_t mode)
{
	if (fchmod(fd, mode) ||
	    bind(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return -errno;
	if (chmod(addr->sun_path, mode) || listen(fd, DF_CONTROL_CLIENTS)) {
		int err = -errno;

		unlink(addr->sun_path);
		return err;
	}
	return 0;
}

static int add_watch(struct df_control *control, int fd, uint32_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = index };

	return epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int start(struct df_control *control, const struct sockaddr_un *addr)
{
	int err;

	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	control->listen = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				 SOCK_NONBLOCK, 0);
	if (control->epoll < 0 || control->listen < 0)
		return -errno;
	err = bind_to(control->listen, addr, control->group ? 0666 : 0600);
	if (err)
		return err;
	strcpy(control->path, addr->sun_path);
	return add_watch(control, control->listen, LISTEN);
}

/**
 * df_control_open() - begin to listen
 * @control: from df_control_init()
 * @path: where; one that a killed daemon left is replaced
 * @group: name of the group that may ask beside root, NULL for none; kept
 *
 * Of a group nobody need be: whether somebody is in it is looked up when he asks.
 *
 * Return: 0; -EADDRINUSE if somebody listens there; another negative errno.
 * Without a socket @control->epoll is -1.
 */
int df_control_open(struct df_control *control, const char *path,
		    const char *group)
{
	struct sockaddr_un addr;
	int err = set_path(path, &addr);

	control->group = group;
	if (!err)
		err = remove_stale(&addr);
	if (!err)
		err = start(control, &addr);
	if (err)
		df_control_close(control);
	return err;
}

/* A child process has copies of descriptors: to close ours is not enough. */
static void drop(struct df_control *control, struct df_control_client *client)
{
	if (client->fd < 0)
		return;
	epoll_ctl(control->epoll, EPOLL_CTL_DEL, client->fd, NULL);
	close(client->fd);
	client->fd = -1;
}

/**
 * df_control_close() - the reverse of df_control_open()
 * @control: may have no socket
 */
void df_control_close(struct df_control *control)
{
	size_t i;

	for (i = 0; i < DF_CONTROL_CLIENTS; i++)
		drop(control, &control->clients[i]);
	if (*control->path)
		unlink(control->path);
	control->path[0] = '\0';
	if (control->listen >= 0)
		close(control->listen);
	if (control->epoll >= 0)
		close(control->epoll);
	control->listen = -1;
	control->epoll = -1;
}

/**
 * df_control_is_root() - may he ask for everything
 * @who: as the kernel says
 *
 * Return: true for root, and for the user of the daemon.
 */
bool df_control_is_root(const struct ucred *who)
{
	return who->uid == 0 || who->uid == geteuid();
}

/**
 * df_control_refusal() - the answer to what is not done
 * @why: one line
 *
 * Return: new reference, NULL without memory.
 */
json_t *df_control_refusal(const char *why)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

/* Of those who may ask, or of the others. */
static struct df_control_client *oldest(struct df_control *control, bool may)
{
	struct df_control_client *found = NULL, *client;
	size_t i;

	for (i = 0; i < DF_CONTROL_CLIENTS; i++) {
		client = &control->clients[i];
		if (client->fd >= 0 && client->may == may &&
		    (!found || client->order < found->order))
			found = client;
	}
	return found;
}

/* Who may not ask takes no place from those who may. */
static struct df_control_client *find_place(struct df_control *control, bool may)
{
	struct df_control_client *client;
	size_t i;

	for (i = 0; i < DF_CONTROL_CLIENTS; i++)
		if (control->clients[i].fd < 0)
			return &control->clients[i];
	client = oldest(control, false);
	if (!client && may)
		client = oldest(control, true);
	if (client)
		drop(control, client);
	return client;
}

/* More groups than anybody is in. */
#define GROUPS_MAX 1024

static bool is_listed(int fd, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t length = sizeof(groups);
	size_t i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length))
		return false;
	for (i = 0; i < length / sizeof(*groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* Who made the socket, as the kernel says; nobody can make up that. */
static bool may_ask(const struct df_control *control, int fd, struct ucred *who)
{
	socklen_t length = sizeof(*who);
	const struct group *group;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, who, &length))
		return false;
	if (df_control_is_root(who))
		return true;
	group = control->group ? getgrnam(control->group) : NULL;
	return group && (who->gid == group->gr_gid ||
			 is_listed(fd, group->gr_gid));
}

static const char *why_not(const struct df_control *control)
{
	return control->group ? "only root and pilots may ask" :
				"only root may ask";
}

/* Takes no memory. */
static const char no_answer[] =
	"{\"ok\":false,\"error\":\"there is an answer, but it is too long, or memory is short\"}";

/* Whoever was heard gets an answer: he need not guess whether the daemon is alive. */
static void send_answer(int fd, json_t *answer)
{
	char text[DF_CONTROL_MAX];
	size_t size = answer ? json_dumpb(answer, text, sizeof(text),
					  JSON_COMPACT | JSON_ENSURE_ASCII) : 0;
	bool fits = size && size <= sizeof(text);

	send(fd, fits ? text : no_answer, fits ? size : sizeof(no_answer) - 1,
	     MSG_DONTWAIT | MSG_NOSIGNAL);
	json_decref(answer);
}

static void take_client(struct df_control *control)
{
	int fd = accept4(control->listen, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct df_control_client *client;
	struct ucred who;
	bool may;

	if (fd < 0)
		return;
	may = may_ask(control, fd, &who);
	client = find_place(control, may);
	if (!client) {
		close(fd);
		return;
	}
	client->fd = fd;
	client->who = who;
	client->may = may;
	client->order = control->accepted++;
	if (add_watch(control, fd, (uint32_t)(client - control->clients)))
		drop(control, client);
}

static json_t *answer_to(struct df_control *control,
			 const struct df_control_client *client,
			 const char *text, size_t length)
{
	json_t *request, *answer;

	if (!client->may)
		return df_control_refusal(why_not(control));
	if (length > DF_CONTROL_MAX)
		return df_control_refusal("the request is too long");
	request = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(request))
		answer = control->answer(request, &client->who,
					 control->arg);
	else
		answer = df_control_refusal("the request is no JSON object");
	json_decref(request);
	return answer;
}

static void serve(struct df_control *control, struct df_control_client *client)
{
	char text[DF_CONTROL_MAX];
	ssize_t length = recv(client->fd, text, sizeof(text), MSG_TRUNC);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length > 0)
		send_answer(client->fd, answer_to(control, client, text,
						  (size_t)length));
	drop(control, client);
}

/**
 * df_control_ready() - do what there is to do
 * @control: @epoll can be read
 *
 * Never waits.
 */
void df_control_ready(struct df_control *control)
{
	struct epoll_event event;

	if (epoll_wait(control->epoll, &event, 1, 0) != 1)
		return;
	if (event.data.u32 == LISTEN)
		take_client(control);
	else if (control->clients[event.data.u32].fd >= 0)
		serve(control, &control->clients[event.data.u32]);
}
