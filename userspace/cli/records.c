// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "cli.h"
#include "event.h"
#include "records.h"
#include "when.h"

#define NS_PER_SEC 1000000000ll

/* An answer that is lost once may be lost again, but not for ever. */
#define POLL_TRIES 3

/* Three minutes: as long as the service manager waits for a policy to be loaded. */
#define BUSY_TRIES 900
#define BUSY_US 200000

/**
 * records_now() - the time
 *
 * Return: ns since 1970.
 */
int64_t records_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/**
 * records_when() - read a point in time, or complain
 * @text: see df_when_parse()
 * @ns: result, ns since 1970
 *
 * Return: true if it is one.
 */
bool records_when(const char *text, int64_t *ns)
{
	if (!df_when_parse(text, records_now(), ns))
		return true;
	complain("\"%s\" is no point in time; try: dronefence log --help", text);
	return false;
}

/**
 * records_span() - is it a span of time, or complain
 * @from: ns since 1970
 * @to: likewise
 *
 * Return: DF_EXIT_OK or DF_EXIT_USAGE.
 */
enum df_exit records_span(int64_t from, int64_t to)
{
	if (from >= 0 && from < to)
		return DF_EXIT_OK;
	complain("the span is empty");
	return DF_EXIT_USAGE;
}

/**
 * records_failed() - tell why the store cannot be read
 * @path: of the store
 * @reader: of the call that failed
 * @err: negative errno of it
 *
 * Return: the exit status that fits.
 */
enum df_exit records_failed(const char *path,
			    const struct df_store_reader *reader, int err)
{
	const char *why = df_store_read_error(reader);

	complain("%s: %s", path, *why ? why : strerror(-err));
	if (err == -ENOENT)
		return DF_EXIT_NO_OBJECT;
	return err == -EUCLEAN ? DF_EXIT_BROKEN : DF_EXIT_FAILED;
}

static enum df_exit not_asked(const char *path, int err)
{
	if (err == -ENOENT || err == -ECONNREFUSED)
		complain("no daemon listens at %s", path);
	else if (err == -EACCES || err == -EPERM)
		complain("only root may ask the daemon");
	else
		complain("%s: %s", path, strerror(-err));
	return err == -EACCES || err == -EPERM ? DF_EXIT_PERMISSION :
	       DF_EXIT_FAILED;
}

/* The daemon cannot do it yet. */
static bool is_busy(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "busy"));
}

static int ask_while_busy(const char *path, json_t *request, json_t **answer)
{
	int err = df_ask(path, request, answer), i;

	for (i = 0; i < BUSY_TRIES && !err && is_busy(*answer); i++) {
		if (!i)
			complain("waiting: the daemon loads a policy");
		json_decref(*answer);
		usleep(BUSY_US);
		err = df_ask(path, request, answer);
	}
	return err;
}

/* Drops @request. */
static enum df_exit answer_of(const char *path, json_t *request, int tries,
			      json_t **answer)
{
	int err = request ? -ECONNRESET : -ENOMEM;
	const char *error;
	char why[512];

	*answer = NULL;
	while (err == -ECONNRESET && tries--)
		err = ask_while_busy(path, request, answer);
	json_decref(request);
	if (err)
		return not_asked(path, err);
	if (json_is_true(json_object_get(*answer, "ok")))
		return DF_EXIT_OK;
	error = json_string_value(json_object_get(*answer, "error"));
	df_escape(error ?: "refused", sizeof(why), "", why, sizeof(why));
	complain("%s", why);
	json_decref(*answer);
	*answer = NULL;
	return DF_EXIT_FAILED;
}

/**
 * records_answer() - ask the daemon, or complain
 * @path: of its socket
 * @request: is dropped; NULL stands for a lack of memory
 * @answer: result, to be dropped; NULL where the daemon did not do it
 *
 * Waits while the daemon loads a policy, three minutes at most.
 *
 * Return: DF_EXIT_OK; DF_EXIT_PERMISSION; DF_EXIT_FAILED if there is no daemon, or
 * if it refused.
 */
enum df_exit records_answer(const char *path, json_t *request, json_t **answer)
{
	return answer_of(path, request, 1, answer);
}

/**
 * records_poll() - ask the daemon what may be asked twice, or complain
 * @path: of its socket
 * @request: changes nothing; is dropped; NULL stands for a lack of memory
 * @answer: result, to be dropped; NULL where there is none
 *
 * The daemon may drop who waits when many ask at once, or be started again: that an
 * answer does not come says nothing about what was asked for.
 *
 * Return: see records_answer().
 */
enum df_exit records_poll(const char *path, json_t *request, json_t **answer)
{
	return answer_of(path, request, POLL_TRIES, answer);
}

/**
 * records_ask() - have the daemon record something, or complain
 * @path: of its socket
 * @request: is dropped; NULL stands for a lack of memory
 *
 * Return: see records_answer().
 */
enum df_exit records_ask(const char *path, json_t *request)
{
	json_t *answer;
	enum df_exit status = records_answer(path, request, &answer);

	json_decref(answer);
	return status;
}

static int note_learning(const struct df_store_record *record, void *arg)
{
	json_t *object;
	int err = df_store_load(record->line, record->length, &object);

	if (err)
		return err == -ENOMEM ? err : 0;
	df_learning_add(arg, object);
	json_decref(object);
	return 0;
}

/**
 * records_learning() - find the last time that an application was learned
 * @path: of the store
 * @application: name
 * @learning: result; that there is none is no error
 *
 * Return: DF_EXIT_OK, or complains as records_failed() does.
 */
enum df_exit records_learning(const char *path, const char *application,
			      struct df_learning *learning)
{
	const struct df_store_filter filter = {
		.since = INT64_MIN, .until = INT64_MAX, .port = -1,
		.type = "learning", .application = application,
	};
	enum df_exit status = DF_EXIT_OK;
	struct df_store_reader *reader;
	int err = df_store_read(path, &reader);

	memset(learning, 0, sizeof(*learning));
	if (!err)
		err = df_store_query(reader, &filter, note_learning, learning);
	if (err)
		status = records_failed(path, reader, err);
	df_store_read_end(reader);
	return status;
}
