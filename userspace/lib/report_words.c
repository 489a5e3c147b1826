// SPDX-License-Identifier: GPL-2.0-or-later
/* A report in words, for every form of it the same. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy.h"
#include "report_private.h"

/* Most countries that a sentence names. */
#define NAMED 8

/**
 * df_report_bytes() - a number of bytes for people, and exact
 * @bytes: how many
 * @buf: result
 */
void df_report_bytes(uint64_t bytes, char buf[32])
{
	char digits[24], *to = buf;
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, bytes), i;

	for (i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

/**
 * df_report_moment() - a point in time for people
 * @ns: since 1970
 * @buf: result, UTC
 */
void df_report_moment(int64_t ns, char buf[32])
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(buf, 32, "%Y-%m-%d %H:%M:%S UTC", &tm))
		strcpy(buf, "unknown");
}

/* The number stands in some of them. */
static const char *const lack_words[] = {
	[DF_LACK_BEGIN] = "the store begins later than the span, or was begun anew in it",
	[DF_LACK_DAEMON] = "the daemon did not run all the time",
	[DF_LACK_END] = "nothing shows that the daemon still ran at the end",
	[DF_LACK_LOSS] = "%" PRIu64 " records were lost",
	[DF_LACK_HOLE] = "%" PRIu64 " numbers of events are missing without a record of why",
	[DF_LACK_INSTANCE] = "the kernel module was loaded anew (%" PRIu64 " times); what it did last before is not known",
	[DF_LACK_UNLOADED] = "the kernel module was unloaded (%" PRIu64 " times); nothing was fenced then",
	[DF_LACK_SUPPRESSED] = "%" PRIu64 " packets were judged and not recorded, because there were too many",
	[DF_LACK_UNREADABLE] = "%" PRIu64 " records cannot be read",
	[DF_LACK_POLICY] = "it is not known which policy was in force all the time",
	[DF_LACK_MODE] = "nothing shows that the application was enforced all the time",
	[DF_LACK_AUDIT] = "the application was only watched (mode audit) at least for a time",
	[DF_LACK_STRAY] = "a program of the application ran outside of it",
	[DF_LACK_UNPLACED] = "a program of the application could not be put into it, and went on",
	[DF_LACK_HIDDEN] = "packets of the application did not show where they went",
	[DF_LACK_OPEN] = "which flows were still open is not known, because the kernel module was not asked",
	[DF_LACK_NO_FLOW] = "the kernel module had no memory to count %" PRIu64 " packets in a flow",
	[DF_LACK_CLOCK] = "the clock was set (%" PRIu64 " times)",
	[DF_LACK_FULL] = "more flows were open at a time than are told apart here",
	[DF_LACK_PROOF] = "the store was not proved",
	[DF_LACK_BROKEN] = "the store is not as the daemon wrote it",
};

static_assert(sizeof(lack_words) / sizeof(lack_words[0]) == DF_LACKS,
	      "words for what is not known");

/**
 * df_report_lack_text() - what is not known, in one line
 * @report: of it
 * @lack: which
 * @buf: result
 */
void df_report_lack_text(const struct df_report *report,
			 enum df_report_lack lack, char buf[DF_REPORT_TEXT])
{
	snprintf(buf, DF_REPORT_TEXT, lack_words[lack], report->lacks[lack]);
}

static uint32_t lacking_records(const struct df_report *report,
				const struct df_report_app *app)
{
	uint32_t lacks = app->lacks;
	int i;

	for (i = 0; i < DF_LACKS; i++)
		if (report->lacks[i])
			lacks |= 1u << i;
	return lacks;
}

static uint32_t lacking_modes(const struct df_report *report,
			      const struct df_report_app *app)
{
	uint32_t lacks = 0;
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (!(app->modes[i] & DF_MODE_ENFORCE))
			lacks |= 1u << DF_LACK_MODE;
		if (app->modes[i] & DF_MODE_AUDIT)
			lacks |= 1u << DF_LACK_AUDIT;
	}
	return lacks;
}

/**
 * df_report_lacking() - what is not known of an application
 * @report: after df_report_end()
 * @app: of it
 *
 * Return: bits of &enum df_report_lack; 0 if everything is known.
 */
uint32_t df_report_lacking(const struct df_report *report,
			   const struct df_report_app *app)
{
	return lacking_records(report, app) | lacking_modes(report, app);
}

/**
 * df_report_unseen() - why attempts of an application may have no record
 * @report: after df_report_end()
 * @app: of it
 *
 * What is only watched is recorded as well.
 *
 * Return: bits of &enum df_report_lack; 0 if every attempt has a record.
 */
uint32_t df_report_unseen(const struct df_report *report,
			  const struct df_report_app *app)
{
	uint32_t lacks = lacking_records(report, app);
	size_t i;

	for (i = 0; i < report->policy_count; i++)
		if (!app->modes[i])
			lacks |= 1u << DF_LACK_MODE;
	return lacks;
}

/**
 * df_report_contacted() - is there a record of traffic with a public address
 * @app: of a report
 *
 * Return: true if there is. If not, there may have been some without a record, see
 * df_report_lacking().
 */
bool df_report_contacted(const struct df_report_app *app)
{
	const struct df_report_sums *sums = &app->public;

	return sums->packets || sums->bytes || sums->allowed || sums->watched ||
	       app->open_public;
}

static int by_bytes(const void *a, const void *b)
{
	const struct df_report_share *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->country, y->country);
}

static const char *place(const char *country)
{
	const char *name;

	if (!strcmp(country, "local"))
		return "addresses that are not public";
	if (!strcmp(country, "??"))
		return "an unknown country";
	name = df_country_name(country);
	return name ?: country;
}

static void say_shares(FILE *out, const struct df_report_app *app)
{
	struct df_report_share shares[DF_REPORT_SHARES];
	uint64_t rest = app->shares_rest;
	const char *comma = ": ";
	char bytes[32];
	size_t i;

	memcpy(shares, app->shares, sizeof(shares));
	qsort(shares, app->share_count, sizeof(shares[0]), by_bytes);
	for (i = 0; i < app->share_count; i++) {
		if (i >= NAMED) {
			rest += shares[i].bytes;
			continue;
		}
		df_report_bytes(shares[i].bytes, bytes);
		fprintf(out, "%s%s to %s", comma, bytes, place(shares[i].country));
		comma = ", ";
	}
	df_report_bytes(rest, bytes);
	if (rest)
		fprintf(out, "%s%s to others", comma, bytes);
}

static void say_traffic(FILE *out, const struct df_report *report,
			const struct df_report_app *app)
{
	char from[32], to[32], bytes[32];

	df_report_moment(report->options.when.from, from);
	df_report_moment(report->options.when.to, to);
	df_report_bytes(app->sums.bytes, bytes);
	fprintf(out, "From %s to %s application %s sent %s bytes", from, to,
		app->name, bytes);
	say_shares(out, app);
	fprintf(out, "; %" PRIu64 " attempts were denied", app->sums.attempts);
	if (app->sums.watched)
		fprintf(out, ", %" PRIu64
			" passed only because the policy watches and does not enforce",
			app->sums.watched);
	fprintf(out, "; %" PRIu64 " records were lost. ",
		report->lacks[DF_LACK_LOSS]);
}

static void say_claim(FILE *out, const struct df_report *report,
		      const struct df_report_app *app)
{
	uint32_t lacks = df_report_lacking(report, app);
	char text[DF_REPORT_TEXT];
	const char *comma = "";
	int i;

	if (df_report_contacted(app)) {
		fputs("Public destinations were contacted.", out);
		return;
	}
	if (!lacks) {
		fputs("No public destination was contacted.", out);
		return;
	}
	fputs("No record tells of a public destination that was contacted, but that none was is not proved: ",
	      out);
	for (i = 0; i < DF_LACKS; i++) {
		if (!(lacks & 1u << i))
			continue;
		df_report_lack_text(report, (enum df_report_lack)i, text);
		fprintf(out, "%s%s", comma, text);
		comma = "; ";
	}
	putc('.', out);
}

/**
 * df_report_statement() - what an application did, in words
 * @report: after df_report_end()
 * @app: of it
 *
 * Return: one line, to be freed; NULL without memory.
 */
char *df_report_statement(const struct df_report *report,
			  const struct df_report_app *app)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	say_traffic(out, report, app);
	say_claim(out, report, app);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}
