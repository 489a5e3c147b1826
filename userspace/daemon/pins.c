// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel places programs by their path. That it also knows them by another one,
 * it is told which files the patterns match. They are looked for again every few
 * seconds, because a file is replaced when the program is updated.
 *
 * Patterns name places where users mount file systems of their own, which may never
 * answer, and copies are recognised by a digest, for which a file is read as a whole.
 * So other processes look there, some patterns each, and yet another one collects what
 * they find and hands it to the kernel. The daemon waits for none of them. As long as
 * something does not answer in time what is found is pinned and no pin is removed, not
 * with another policy or another daemon either: nobody gets rid of one by not
 * answering. Only the kernel has them all, so it is told to keep them.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "pattern.h"
#include "pins.h"

/* Processes that look. */
#define FINDERS_MAX 64

/* How long they have, and a little more until the one that collects is given up. */
#define FIND_SECONDS 20
#define GIVE_UP_SECONDS 30

/* Entries of folders that are looked at for a pattern. */
#define ENTRIES_MAX 20000

/* Read at a time. */
#define CHUNK 65536

/* Where the process that collects writes to. */
#define REPORT_FD 3

/**
 * struct search - what a process looks for
 * @pins: what was known before
 * @strays: whose patterns
 * @fd: where what is found goes to
 * @left: how many more files of this pattern
 */
struct search {
	const struct df_pins *pins;
	const struct df_strays *strays;
	int fd;
	size_t left;
};

/**
 * struct found - a file that was found
 * @file: what is known of it
 * @fd: opened for its path
 */
struct found {
	struct df_pins_file file;
	int fd;
};

/* Room for one descriptor. */
union control {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void send_file(int to, const struct df_pins_file *file, int fd)
{
	struct iovec iov = { (void *)file, sizeof(*file) };
	union control control = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != sizeof(*file))
		_exit(1);
}

/* Bytes of the message: a whole record, another one, or 0 at the end. */
static ssize_t receive_file(int from, struct found *found)
{
	struct iovec iov = { &found->file, sizeof(found->file) };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control.buf),
	};
	ssize_t length = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *cmsg = length > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return length == sizeof(found->file) ? -1 : length;
	memcpy(&found->fd, CMSG_DATA(cmsg), sizeof(found->fd));
	return length;
}

static bool same_file(const struct df_pins_file *a, const struct df_pins_file *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool read_digest(int fd, uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	static uint8_t chunk[CHUNK];
	ssize_t got = 0;
	bool ok;

	ok = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
	while (ok && (got = read(fd, chunk, sizeof(chunk))) > 0)
		ok = EVP_DigestUpdate(hash, chunk, (size_t)got);
	ok = ok && !got && EVP_DigestFinal_ex(hash, digest, NULL);
	EVP_MD_CTX_free(hash);
	return ok;
}

/* Its digest: as it was, if nothing has changed. */
static void add_digest(const struct df_pins *pins, const char *path,
		       struct df_pins_file *file)
{
	size_t i;
	int fd;

	if (file->size > DRONEFENCE_MAX_COPY_SIZE)
		return;
	for (i = 0; i < pins->now.count; i++) {
		const struct df_pins_file *known = &pins->now.files[i];

		if (!known->copies || !same_file(known, file))
			continue;
		memcpy(file->digest, known->digest, sizeof(file->digest));
		file->copies = true;
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	file->copies = fd >= 0 && read_digest(fd, file->digest);
	if (fd >= 0)
		close(fd);
}

/*
 * What is pinned must be what the kernel would place: the path is that behind
 * symbolic links, or the interpreter that one points to would be pinned.
 */
static void look_at(struct search *search, size_t program, const char *path)
{
	const struct df_strays_program *wanted =
		&search->strays->programs[program];
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct df_pins_file file;
	char link[64], real[PATH_MAX];
	struct stat st;
	ssize_t length;

	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, real, sizeof(real) - 1);
	real[length > 0 ? length : 0] = '\0';
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & 0111 &&
	    dfence_pattern_match(wanted->pattern, real)) {
		/* The gaps too: the whole is compared later. */
		memset(&file, 0, sizeof(file));
		file.program = program;
		file.app = wanted->app;
		file.device = st.st_dev;
		file.inode = st.st_ino;
		file.size = st.st_size;
		file.changed = st.st_ctim;
		if (wanted->copies)
			add_digest(search->pins, link, &file);
		send_file(search->fd, &file, fd);
		search->left--;
	}
	close(fd);
}

/* A pattern that names a folder matches all that is below it. */
static void walk(struct search *search, size_t program, char *top)
{
	char *paths[2] = { top, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
			    NULL);
	unsigned int entries = 0;
	FTSENT *entry;

	while (fts && search->left && entries++ < ENTRIES_MAX &&
	       (entry = fts_read(fts)))
		if (entry->fts_info == FTS_F)
			look_at(search, program, entry->fts_path);
	if (fts)
		fts_close(fts);
}

static void find(struct search *search, size_t program)
{
	char *pattern = strdup(search->strays->programs[program].pattern);
	glob_t found;
	char *any;
	size_t i;

	/* glob(3) does not know it: look at all below what stands before. */
	any = pattern ? strstr(pattern, "/**") : NULL;
	if (any)
		*any = '\0';
	search->left = DRONEFENCE_MAX_PINS / search->strays->program_count ?: 1;
	if (pattern && !glob(*pattern ? pattern : "/",
			     GLOB_NOSORT | GLOB_NOESCAPE, NULL, &found)) {
		for (i = 0; i < found.gl_pathc && search->left; i++)
			walk(search, program, found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
}

static void finder(struct search *search, size_t first, size_t step)
{
	size_t i;

	/*
	 * What is reported has no end before this has: one that cannot even be killed
	 * keeps others from being started, so that there are not more and more of them.
	 */
	alarm(FIND_SECONDS);
	for (i = first; i < search->strays->program_count; i += step)
		find(search, i);
	/* All was looked at; one that ends otherwise does not say so. */
	_exit(send(search->fd, "", 1, 0) != 1);
}

/* Start them; how many there are. */
static size_t start_finders(struct search *search, struct pollfd *polls)
{
	size_t count = search->strays->program_count, i;

	if (count > FINDERS_MAX)
		count = FINDERS_MAX;
	for (i = 0; i < count; i++) {
		int fds[2];
		pid_t child;

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
			break;
		child = fork();
		if (!child) {
			close(fds[0]);
			search->fd = fds[1];
			finder(search, i, count);
		}
		close(fds[1]);
		polls[i] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
		if (child < 0)
			break;
	}
	return i;
}

static int in_order(const void *a, const void *b)
{
	const struct df_pins_file *one = a, *two = b;

	if (one->program != two->program)
		return one->program < two->program ? -1 : 1;
	if (one->device != two->device)
		return one->device < two->device ? -1 : 1;
	return one->inode < two->inode ? -1 : one->inode > two->inode;
}

/**
 * struct catch - what is collected
 * @list: files
 * @count: how many
 * @more: there was no room for all
 * @done: processes that looked at all they had to
 */
struct catch {
	struct found list[DRONEFENCE_MAX_PINS];
	size_t count;
	bool more;
	size_t done;
};

/* Take a message; false at the end of them. */
static bool take(struct catch *catch, int from)
{
	struct found found;
	ssize_t length = receive_file(from, &found);

	if (length <= 0)
		return false;
	if (length != sizeof(found.file)) {
		catch->done++;
	} else if (catch->count < DRONEFENCE_MAX_PINS) {
		catch->list[catch->count++] = found;
	} else {
		catch->more = true;
		close(found.fd);
	}
	return true;
}

/* Take what comes until all have ended or the time is over. */
static void collect(struct catch *catch, struct pollfd *polls, size_t count)
{
	struct timespec now, end;
	size_t open = count, i;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += FIND_SECONDS;
	do {
		if (!open || poll(polls, count, 1000) < 0)
			return;
		for (i = 0; i < count; i++) {
			if (!polls[i].revents || take(catch, polls[i].fd))
				continue;
			polls[i].fd = -1;
			open--;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec <= end.tv_sec);
}

static void set_pins(const struct df_strays *strays, const struct catch *catch,
		     bool whole, struct df_pins_result *result)
{
	static struct df_pin list[DRONEFENCE_MAX_PINS];
	struct df_client *client;
	size_t i;
	int err;

	for (i = 0; i < catch->count; i++) {
		const struct df_pins_file *file = &catch->list[i].file;

		strcpy(list[i].application, strays->apps[file->app].name);
		list[i].fd = catch->list[i].fd;
		list[i].copies = file->copies;
		memcpy(list[i].digest, file->digest, sizeof(file->digest));
	}
	err = df_client_open(&client);
	if (!err)
		err = df_client_set_pins(client, list, catch->count, !whole);
	if (err)
		snprintf(result->problem, sizeof(result->problem),
			 "files of programs are not pinned: %.180s",
			 client ? df_client_error(client) : strerror(-err));
	result->set = whole && !err;
	df_client_close(client);
}

static bool has_file(const struct df_pins_result *result,
		     const struct df_pins_file *file)
{
	size_t i;

	for (i = 0; i < result->count; i++)
		if (result->files[i].device == file->device &&
		    result->files[i].inode == file->inode)
			return true;
	return false;
}

/* What the kernel keeps is known further on. */
static void keep_files(const struct df_pins_result *old,
		       struct df_pins_result *result)
{
	size_t i;

	for (i = 0; i < old->count && result->count < DRONEFENCE_MAX_PINS; i++)
		if (!has_file(result, &old->files[i]))
			result->files[result->count++] = old->files[i];
}

static void decide(const struct df_pins *pins, const struct df_strays *strays,
		   const struct catch *catch, bool whole,
		   struct df_pins_result *result)
{
	bool same_policy = pins->instance == strays->instance &&
			   pins->generation == strays->generation;
	size_t i;

	for (i = 0; i < catch->count; i++)
		result->files[i] = catch->list[i].file;
	result->count = catch->count;
	if (same_policy && pins->now.set && whole &&
	    result->count == pins->now.count &&
	    !memcmp(result->files, pins->now.files,
		    result->count * sizeof(*result->files)))
		result->set = true;
	else
		set_pins(strays, catch, whole, result);
	if (same_policy && !whole)
		keep_files(&pins->now, result);
	if (*result->problem)
		return;
	if (!whole)
		snprintf(result->problem, sizeof(result->problem),
			 "a folder that a pattern for executables names does not answer: pins of programs are not up to date");
	else if (catch->more)
		snprintf(result->problem, sizeof(result->problem),
			 "patterns for executables match more than %d files: the others are not pinned",
			 DRONEFENCE_MAX_PINS);
}

static void collector(const struct df_pins *pins, const struct df_strays *strays,
		      int fd, pid_t parent)
{
	static struct df_pins_result result;
	static struct catch catch;
	struct search search = { .pins = pins, .strays = strays };
	struct pollfd polls[FINDERS_MAX];
	size_t count, size;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd != REPORT_FD && dup2(fd, REPORT_FD) < 0)
		_exit(1);
	closefrom(REPORT_FD + 1);
	count = start_finders(&search, polls);
	collect(&catch, polls, count);
	qsort(catch.list, catch.count, sizeof(*catch.list), in_order);
	decide(pins, strays, &catch,
	       catch.done == count && (count || !strays->program_count),
	       &result);
	size = offsetof(struct df_pins_result, files) +
	       result.count * sizeof(*result.files);
	_exit(write(REPORT_FD, &result, size) != (ssize_t)size);
}

/**
 * df_pins_init() - nothing is pinned
 * @pins: zero
 */
void df_pins_init(struct df_pins *pins)
{
	pins->fd = -1;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/**
 * df_pins_start() - look for the files again
 * @pins: of any state
 * @strays: loaded
 *
 * While a process looks still, it is left alone, but for one that takes too long.
 *
 * Return: true if a process was started: wait until @pins->fd can be read.
 */
bool df_pins_start(struct df_pins *pins, const struct df_strays *strays)
{
	pid_t parent = getpid();
	int fds[2];

	if (pins->pid && now() - pins->started > GIVE_UP_SECONDS)
		kill(pins->pid, SIGKILL);
	if (pins->pid || (!strays->program_count && !pins->now.count) ||
	    pipe2(fds, O_CLOEXEC))
		return false;
	pins->got = 0;
	pins->started = now();
	pins->asked_instance = strays->instance;
	pins->asked_generation = strays->generation;
	pins->pid = fork();
	if (!pins->pid)
		collector(pins, strays, fds[1], parent);
	close(fds[1]);
	if (pins->pid < 0) {
		pins->pid = 0;
		close(fds[0]);
		return false;
	}
	pins->fd = fds[0];
	return true;
}

/**
 * df_pins_read() - take what the process says
 * @pins: @fd can be read
 *
 * Return: true at the end: call df_pins_finish().
 */
bool df_pins_read(struct df_pins *pins)
{
	size_t room = sizeof(pins->next) - pins->got;
	ssize_t length = read(pins->fd, (char *)&pins->next + pins->got, room);

	if (length > 0)
		pins->got += (size_t)length;
	return length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
}

static void reap(struct df_pins *pins)
{
	while (waitpid(pins->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(pins->fd);
	pins->pid = 0;
	pins->fd = -1;
}

static void tell_strays(const struct df_pins_result *result,
			struct df_strays *strays)
{
	size_t i;

	for (i = 0; i < result->count; i++)
		strays->files[i] = (struct df_strays_file){
			.device = result->files[i].device,
			.inode = result->files[i].inode,
			.app = result->files[i].app,
		};
	strays->file_count = result->count;
}

/**
 * df_pins_finish() - the process has ended
 * @pins: as df_pins_read() left it
 * @strays: get to know the same files
 *
 * Return: true if there is a problem, in @pins->now, that was not there before.
 */
bool df_pins_finish(struct df_pins *pins, struct df_strays *strays)
{
	struct df_pins_result *next = &pins->next;
	size_t fixed = offsetof(struct df_pins_result, files);
	char before[sizeof(next->problem)];

	reap(pins);
	/* It was killed, or the policy is another one by now. */
	if (pins->got < fixed || next->count > DRONEFENCE_MAX_PINS ||
	    pins->got != fixed + next->count * sizeof(*next->files) ||
	    pins->asked_instance != strays->instance ||
	    pins->asked_generation != strays->generation) {
		pins->now.set = false;
		return false;
	}
	strcpy(before, pins->now.problem);
	pins->now = *next;
	pins->instance = pins->asked_instance;
	pins->generation = pins->asked_generation;
	tell_strays(&pins->now, strays);
	return *pins->now.problem && strcmp(before, pins->now.problem);
}

/**
 * df_pins_cancel() - do not wait any more; what is pinned stays so
 * @pins: of any state
 */
void df_pins_cancel(struct df_pins *pins)
{
	if (!pins->pid)
		return;
	kill(pins->pid, SIGKILL);
	reap(pins);
}
