// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What of a search server takes records: search_sink PORT FILE appends the body of each
 * request to FILE and answers that all went well.
 */

#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A line without its end; false at the end of the connection. */
static int read_line(FILE *in, char *line, size_t size)
{
	if (!fgets(line, (int)size, in))
		return 0;
	line[strcspn(line, "\r\n")] = '\0';
	return 1;
}

/* Length of the body, -1 at the end of the connection. */
static long read_head(FILE *in, FILE *out)
{
	char line[4096];
	long length = 0;

	if (!read_line(in, line, sizeof(line)))
		return -1;
	do {
		if (!strncasecmp(line, "Content-Length:", 15))
			length = atol(line + 15);
		if (!strncasecmp(line, "Expect:", 7)) {
			fputs("HTTP/1.1 100 Continue\r\n\r\n", out);
			fflush(out);
		}
	} while (read_line(in, line, sizeof(line)) && *line);
	return length;
}

static void serve(FILE *in, FILE *out, FILE *log)
{
	static const char answer[] = "{\"errors\":false,\"items\":[]}";
	long length;

	while ((length = read_head(in, out)) >= 0) {
		char *body = malloc((size_t)length + 1);

		if (!body || fread(body, 1, (size_t)length, in) != (size_t)length)
			return;
		fwrite(body, 1, (size_t)length, log);
		fflush(log);
		free(body);
		fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			strlen(answer), answer);
		fflush(out);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, fd;
	FILE *log = argc == 3 ? fopen(argv[2], "a") : NULL;

	if (!log)
		errx(2, "usage: search_sink PORT FILE");
	addr.sin_port = htons((uint16_t)atoi(argv[1]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 16))
		err(1, "port %s", argv[1]);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (fork()) {
			close(fd);
			continue;
		}
		/* Who has a connection is gone as well. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fdopen(fd, "r"), fdopen(dup(fd), "w"), log);
		_exit(0);
	}
	err(1, "accept");
}
