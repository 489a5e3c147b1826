// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ways to write that spare a copy or a round trip.
 *
 * usage: fast open|zerocopy|sendfile|splice|segments|tls
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "attempt.h"

static void fast_open(void)
{
	struct sockaddr_storage sa;
	socklen_t len = destination(&sa);
	int fd = make_socket(sa.ss_family, SOCK_STREAM, 0);
	char buf[CHUNK];

	fill(buf, sizeof(buf));
	sendto(fd, buf, sizeof(buf), MSG_FASTOPEN | MSG_NOSIGNAL,
	       (struct sockaddr *)&sa, len);
	send_all(fd);
}

static void zero_copy(void)
{
	int fd = open_connection(SOCK_STREAM, 0), on = 1;
	size_t size = way_size();
	char *buf = malloc(size);

	must(buf && !setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)),
	     "zero copy");
	fill(buf, size);
	send(fd, buf, size, MSG_ZEROCOPY | MSG_NOSIGNAL);
	/* Its pages are sent from where they are. */
	usleep(300000);
}

static int payload_file(void)
{
	size_t size = way_size();
	int fd = memfd_create("payload", 0);
	char *buf = malloc(size);

	fill(buf, size);
	must(fd >= 0 && write(fd, buf, size) == (ssize_t)size, "payload");
	lseek(fd, 0, SEEK_SET);
	free(buf);
	return fd;
}

static void send_file(void)
{
	int fd = open_connection(SOCK_STREAM, 0), file = payload_file();

	while (sendfile(fd, file, NULL, 65536) > 0)
		;
}

static void splice_file(void)
{
	int fd = open_connection(SOCK_STREAM, 0), file = payload_file(), pipes[2];
	ssize_t n;

	must(!pipe(pipes), "pipe");
	while ((n = splice(file, NULL, pipes[1], NULL, 65536, 0)) > 0)
		if (splice(pipes[0], NULL, fd, NULL, n, 0) < 0)
			break;
}

/* One datagram that the kernel cuts into many. */
static void segments(void)
{
	int fd = open_connection(SOCK_DGRAM, 0), size = CHUNK, i;
	char buf[32 * CHUNK];

	fill(buf, sizeof(buf));
	must(!setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)),
	     "segments");
	for (i = 0; i < 2; i++)
		send(fd, buf, sizeof(buf), 0);
}

/*
 * The kernel encrypts. Nobody knows the payload then, but in front of each record
 * goes its nonce as it is: that is the mark.
 */
static void kernel_tls(void)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info.version = TLS_1_2_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};
	int fd = open_connection(SOCK_STREAM, 0);
	char buf[CHUNK];

	memcpy(info.iv, way("WAY_MARK"), sizeof(info.iv));
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls"))) {
		if (errno == ENOENT)
			skip("no TLS in this kernel");
		return;
	}
	must(!setsockopt(fd, SOL_TLS, TLS_TX, &info, sizeof(info)), "TLS");
	fill(buf, sizeof(buf));
	send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "open"))
		fast_open();
	else if (!strcmp(what, "zerocopy"))
		zero_copy();
	else if (!strcmp(what, "sendfile"))
		send_file();
	else if (!strcmp(what, "splice"))
		splice_file();
	else if (!strcmp(what, "segments"))
		segments();
	else if (!strcmp(what, "tls"))
		kernel_tls();
	else
		skip("usage");
	return 0;
}
