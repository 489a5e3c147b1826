/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon asks its keeper, and what it is told. */
#ifndef DF_KEEP_MESSAGE_H
#define DF_KEEP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/* Descriptors that may come with an answer. */
#define DF_KEEP_FDS 2

/**
 * enum df_keep_what - what is asked for, and what an answer is
 * @DF_KEEP_POLICY: there may be another policy: set up where its programs are placed
 * @DF_KEEP_EXE: what a process executes
 * @DF_KEEP_LISTEN: sockets that get the answers of name servers
 * @DF_KEEP_NEWS: what happened meanwhile, the oldest first; answered by one of the
 *	next, or by itself if there is nothing
 * @DF_KEEP_STRAY: an answer only: a program ran outside of its application
 * @DF_KEEP_TROUBLE: an answer only: something does not work
 */
enum df_keep_what {
	DF_KEEP_POLICY = 1,
	DF_KEEP_EXE,
	DF_KEEP_LISTEN,
	DF_KEEP_NEWS,
	DF_KEEP_STRAY,
	DF_KEEP_TROUBLE,
};

/**
 * struct df_keep_question - all that the keeper takes from anybody
 * @what: one of the first four
 * @number: that the answer will have
 * @pid: of the process, 0 where none is asked about
 */
struct df_keep_question {
	uint32_t what;
	uint32_t number;
	uint32_t pid;
};

/**
 * struct df_keep_trouble - something for people to know
 * @priority: of syslog, an error or less
 * @text: one line
 */
struct df_keep_trouble {
	uint32_t priority;
	char text[DF_MESSAGE_MAX];
};

/**
 * struct df_keep_answer - what the daemon takes from its keeper
 * @what: that the rest is
 * @number: of the question
 * @error: why it is not known, an errno; 0 if it is
 * @exe: path of the program, any bytes
 * @stray: the program
 * @trouble: what does not work
 */
struct df_keep_answer {
	uint32_t what;
	uint32_t number;
	uint32_t error;
	union {
		char exe[DF_STRAY_EXE_MAX];
		struct df_stray stray;
		struct df_keep_trouble trouble;
	};
};

bool df_keep_question_valid(const struct df_keep_question *question);
bool df_keep_answer_valid(const struct df_keep_answer *answer,
			  const struct df_keep_question *question);

int df_keep_send(int to, const void *message, size_t size, const int *fds);
int df_keep_receive(int from, void *message, size_t size, int fds[DF_KEEP_FDS]);

#endif
