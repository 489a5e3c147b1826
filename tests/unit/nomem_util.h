/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations that fail. The functions here take the place of those of the
 * address sanitizer, which do the work under other names.
 */
#ifndef NOMEM_UTIL_H
#define NOMEM_UTIL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *memory, size_t size);
void *__interceptor_reallocarray(void *memory, size_t count, size_t size);
char *__interceptor_strdup(const char *text);

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void *reallocarray(void *memory, size_t count, size_t size);
char *strdup(const char *text);

static bool armed;
static unsigned long done, fail_from, fail_count;

static bool fails(void)
{
	if (!armed)
		return false;
	done++;
	if (done < fail_from || done - fail_from >= fail_count)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __interceptor_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __interceptor_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : __interceptor_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
	return fails() ? NULL :
	       __interceptor_reallocarray(memory, count, size);
}

char *strdup(const char *text)
{
	return fails() ? NULL : __interceptor_strdup(text);
}

#endif
