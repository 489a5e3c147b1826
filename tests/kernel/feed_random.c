// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a machine has nothing to make random numbers of, as User Mode Linux, whoever asks
 * for one waits for minutes. This makes do with what is there; no key that is made of it
 * is a secret.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <linux/random.h>

int main(void)
{
	struct {
		int bits, size;
		unsigned char data[64];
	} pool = { 8 * sizeof(pool.data), sizeof(pool.data) };
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && !ioctl(fd, RNDADDENTROPY, &pool))
		return 0;
	perror("feed_random");
	return 1;
}
