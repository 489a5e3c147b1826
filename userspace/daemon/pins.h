/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of programs, which the kernel is told to know under any name. */
#ifndef DF_PINS_H
#define DF_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "client.h"
#include "strays.h"

/**
 * struct df_pins_file - a file that a pattern matches
 * @program: index of the pattern
 * @app: index of its application
 * @device: of the file
 * @inode: of the file
 * @size: of the file
 * @changed: when the file was changed last, contents or else
 * @copies: @digest holds
 * @digest: SHA-256 of its contents
 */
struct df_pins_file {
	size_t program;
	size_t app;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
	bool copies;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
};

/**
 * struct df_pins_result - what a process found
 * @problem: what went wrong, for people, or nothing
 * @set: the kernel has these, and no others
 * @count: in @files
 * @files: in the order of the patterns
 */
struct df_pins_result {
	char problem[256];
	bool set;
	size_t count;
	struct df_pins_file files[DRONEFENCE_MAX_PINS];
};

/**
 * struct df_pins - what is pinned, and the process that looks
 * @pid: of the process, 0 while there is none
 * @fd: where it says what it found, -1 while there is none
 * @started: when it began; seconds of CLOCK_MONOTONIC
 * @instance: load of the kernel module that @now is of
 * @generation: of the policy that @now is of
 * @asked_instance: the same of @next
 * @asked_generation: the same of @next
 * @now: what the kernel has
 * @next: what the process said so far
 * @got: bytes of it
 */
struct df_pins {
	pid_t pid;
	int fd;
	time_t started;
	uint64_t instance;
	uint32_t generation;
	uint64_t asked_instance;
	uint32_t asked_generation;
	struct df_pins_result now;
	struct df_pins_result next;
	size_t got;
};

void df_pins_init(struct df_pins *pins);
bool df_pins_start(struct df_pins *pins, const struct df_strays *strays);
bool df_pins_read(struct df_pins *pins);
bool df_pins_finish(struct df_pins *pins, struct df_strays *strays);
void df_pins_cancel(struct df_pins *pins);

#endif
