// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seal: what it takes to set it, and what nobody can do from then on. It cannot be
 * broken, so the tests are one story: everything that must not seal, the seal while
 * somebody else changes the policy, and all that it forbids. Correctness, concurrency.
 *
 * vm: --timeout 1800 --bin openssl --bin build/tests/feed_random
 * vm: --bin build/tests/place_probe
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/keyctl.h>

#include <openssl/cms.h>
#include <openssl/pem.h>

#include "kselftest_harness.h"

#include "apply.h"
#include "client_private.h"
#include "fence.h"
#include "permit.h"
#include "permit_file.h"

#define TIMEOUT 900

#define PROGRAM "/usr/bin/place_probe"

/* Of a permit. */
#define CONTENT_MAX 40000

/* Policies that differ, and what they are compiled to. */
#define POLICIES 3
static struct df_build builds[POLICIES];
static uint8_t digests[POLICIES][DRONEFENCE_DIGEST_LEN];

static struct df_blob certificate, stranger;
static struct df_client *client;

static void die(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

static void make_key(const char *name, struct df_blob *its)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/%s.pem", name);
	if (shell("openssl req -x509 -config /tests/certificate.cnf -newkey rsa:2048 -nodes -keyout /tmp/%s -out %s -days 9 -subj '/O=Example/CN=%s' 2>/dev/null",
		  name, path, name) || df_permit_certificate(path, its))
		die("no key");
}

static void make_policy(int i)
{
	struct df_build_options options = { .geo.now = time(NULL) };
	struct df_diags diags = { 0 };
	char text[1024];

	snprintf(text, sizeof(text),
		 "version: 1\nname: policy%d\n"
		 "geo: { country: \"tor-geoipdb:/tmp/geo\", max-age: none }\n"
		 "profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"
		 "applications: { app: { match: [ cgroup: /dronefence.slice/app, executable: /nowhere ], profile: p } }\n",
		 i);
	if (write_file(POLICY, text) ||
	    df_build_load(&builds[i], POLICY, &options, &diags) ||
	    df_image_digest(builds[i].image, digests[i]))
		die("no policy");
}

/* Signed as it is, whatever it is. */
static struct df_blob sign(const void *content, size_t size, const char *key,
			   unsigned int flags)
{
	struct df_blob blob = { 0 };
	unsigned char *der = NULL;
	char path[64];
	CMS_ContentInfo *cms;
	BIO *bio = BIO_new_mem_buf(content, size);
	FILE *file;
	EVP_PKEY *pkey;
	X509 *x509;

	flags |= CMS_BINARY | CMS_NOSMIMECAP | CMS_NOCERTS;
	snprintf(path, sizeof(path), "/tmp/%s", key);
	file = fopen(path, "re");
	pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	strcat(path, ".pem");
	file = fopen(path, "re");
	x509 = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	cms = CMS_sign(x509, pkey, NULL, bio, flags);
	blob.size = i2d_CMS_ContentInfo(cms, &der);
	blob.data = der;
	CMS_ContentInfo_free(cms);
	X509_free(x509);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return blob;
}

static void put_be(uint8_t *at, uint64_t value, int bytes)
{
	while (bytes--) {
		at[bytes] = value;
		value >>= 8;
	}
}

/* The content of a permit for the policies of which the bit is set in @which. */
static size_t write_content(uint8_t *content, uint64_t serial, unsigned int which)
{
	const uint8_t *list[POLICIES], *swap;
	size_t count = 0;
	int i, j;

	for (i = 0; i < POLICIES; i++)
		if (which >> i & 1)
			list[count++] = digests[i];
	for (i = 0; i < count; i++)
		for (j = i + 1; j < count; j++)
			if (memcmp(list[i], list[j], DRONEFENCE_DIGEST_LEN) > 0) {
				swap = list[i];
				list[i] = list[j];
				list[j] = swap;
			}
	memcpy(content, DFENCE_PERMIT_MAGIC, DFENCE_PERMIT_MAGIC_LEN);
	put_be(content + 8, DFENCE_PERMIT_VERSION, 4);
	put_be(content + 12, count, 4);
	put_be(content + 16, serial, 8);
	for (i = 0; i < count; i++)
		memcpy(content + DFENCE_PERMIT_HEADER + i * DRONEFENCE_DIGEST_LEN,
		       list[i], DRONEFENCE_DIGEST_LEN);
	return DFENCE_PERMIT_HEADER + count * DRONEFENCE_DIGEST_LEN;
}

static struct df_blob permit_by(const char *key, uint64_t serial, unsigned int which)
{
	uint8_t content[CONTENT_MAX];

	return sign(content, write_content(content, serial, which), key, CMS_NOATTR);
}

static struct df_blob permit(uint64_t serial, unsigned int which)
{
	return permit_by("ours", serial, which);
}

static int seal(struct df_blob blob, bool with_certificate)
{
	int err = df_client_seal(client, &blob, &certificate, with_certificate,
				 false);

	free(blob.data);
	return err;
}

static uint32_t generation(void)
{
	return module_status().generation;
}

static int apply(int i, const struct df_blob *blob)
{
	uint32_t applied;

	return df_client_apply(client, builds[i].image, generation(), blob, NULL,
			       &applied);
}

/* Which of the policies is in force. */
static int in_force(void)
{
	struct df_policy_info info;
	int i;

	if (df_client_policy(client, &info))
		return -1;
	for (i = 0; i < POLICIES; i++)
		if (!memcmp(info.digest, digests[i], sizeof(info.digest)))
			return i;
	return -1;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "dronefence", O_NONBLOCK) ? errno : 0;
}

#define SAYS(words) \
	EXPECT_STREQ("kernel reports: " words, df_client_error(client))

#define REFUSED(error, words, call) do {	\
	EXPECT_EQ(-(error), (call));		\
	SAYS(words);				\
} while (0)

FIXTURE(seal) {
};

FIXTURE_SETUP(seal)
{
	client = open_client();
}

FIXTURE_TEARDOWN(seal)
{
	df_client_close(client);
}

static int send_attrs(const struct df_blob *blob, int certificates, bool platform)
{
	struct df_blob list[DRONEFENCE_MAX_CERTIFICATES + 1];
	struct nl_msg *msg = df_client_message(client, 0, DFENCE_CMD_SEAL, 128 * 1024);
	int i;

	for (i = 0; i < certificates; i++) {
		list[i] = certificate;
		nla_put(msg, DFENCE_A_SEAL_CERTIFICATE, list[i].size, list[i].data);
	}
	if (blob)
		nla_put(msg, DFENCE_A_SEAL_PERMIT, blob->size, blob->data);
	if (platform)
		nla_put_flag(msg, DFENCE_A_SEAL_PLATFORM);
	return df_client_request(client, msg, NULL, NULL);
}

TEST_F_TIMEOUT(seal, takes_all_that_it_needs, TIMEOUT)
{
	struct df_blob good = permit(5, 1), bad = { "no certificate", 14 };

	REFUSED(ENOENT, "no policy is in force that could be sealed",
		send_attrs(&good, 1, false));
	ASSERT_EQ(0, apply(0, NULL));
	REFUSED(EINVAL, "a seal needs a permit", send_attrs(NULL, 1, false));
	REFUSED(EINVAL, "a seal needs either certificates or the keys of the platform",
		send_attrs(&good, 0, false));
	REFUSED(EINVAL, "a seal needs either certificates or the keys of the platform",
		send_attrs(&good, 1, true));
	REFUSED(E2BIG, "too many certificates", send_attrs(&good, 9, false));
	EXPECT_GT(0, df_client_seal(client, &good, &bad, 1, false));
	SAYS("no certificate, or of a kind that this kernel cannot use");
	/* The kernel trusts keys, but not this one. */
	REFUSED(ENOKEY, "no key that is trusted here has signed the permit",
		send_attrs(&good, 0, true));
	REFUSED(ENOKEY, "no key that is trusted here has signed the permit",
		df_client_seal(client, &good, &stranger, 1, false));
	EXPECT_FALSE(module_status().sealed);
	free(good.data);
}

TEST_F_TIMEOUT(seal, takes_no_certificate_that_was_cut, TIMEOUT)
{
	struct df_blob good = permit(5, 1), cut = certificate;

	for (cut.size = 0; cut.size < certificate.size; cut.size += 7)
		EXPECT_GT(0, df_client_seal(client, &good, &cut, 1, false));
	EXPECT_FALSE(module_status().sealed);
	free(good.data);
}

/* What somebody trusted has signed is a permit, or it is none. */
TEST_F_TIMEOUT(seal, takes_nothing_but_permits, TIMEOUT)
{
	uint8_t content[CONTENT_MAX] = { 0 };
	size_t size = write_content(content, 5, 3);
	struct df_blob blob;

#define SIGNED(bytes) seal(sign(content, (bytes), "ours", CMS_NOATTR), true)
	REFUSED(EKEYREJECTED, "the permit is longer or shorter than it says", SIGNED(size - 1));
	REFUSED(EKEYREJECTED, "the permit is longer or shorter than it says", SIGNED(size + 1));
	REFUSED(EKEYREJECTED, "what was signed is no permit", SIGNED(7));
	REFUSED(EKEYREJECTED, "what was signed is no permit", SIGNED(0));
	content[0] ^= 1;
	REFUSED(EKEYREJECTED, "what was signed is no permit", SIGNED(size));
	write_content(content, 5, 0);
	REFUSED(EKEYREJECTED, "the permit lists no image, or too many",
		SIGNED(DFENCE_PERMIT_HEADER));
	put_be(content + 12, DRONEFENCE_MAX_PERMITTED + 1, 4);
	REFUSED(EKEYREJECTED, "the permit lists no image, or too many",
		SIGNED(DFENCE_PERMIT_HEADER + (DRONEFENCE_MAX_PERMITTED + 1) * 32));
	put_be(content + 12, 2, 4);
	memset(content + DFENCE_PERMIT_HEADER, 7, 64);
	REFUSED(EKEYREJECTED, "the permit lists images out of order, or twice",
		SIGNED(DFENCE_PERMIT_HEADER + 64));
	write_content(content, 0, 3);
	REFUSED(EKEYREJECTED, "the permit has no serial", SIGNED(size));

	/* Without the content that it signs; and no message at all. */
	write_content(content, 5, 3);
	EXPECT_EQ(-EKEYREJECTED, seal(sign(content, size, "ours",
					   CMS_NOATTR | CMS_DETACHED), true));
	blob = (struct df_blob){ strdup("x"), 0 };
	EXPECT_EQ(-EKEYREJECTED, seal(blob, true));
	blob = (struct df_blob){ calloc(1, 50000), 50000 };
	EXPECT_EQ(-EKEYREJECTED, seal(blob, true));
	/* And it has to list what is in force. */
	REFUSED(EKEYREJECTED, "the permit does not list the policy in force",
		seal(permit(5, 6), true));
	EXPECT_FALSE(module_status().sealed);
}

/*
 * What was signed, and the signature at the end of it. Around them are a few bytes that
 * say nothing to the kernel.
 */
static bool counts(const struct df_blob *blob, const void *content, size_t i)
{
	const uint8_t *at = (const uint8_t *)blob->data + i, *begin = content;

	return (at >= begin &&
		at < begin + DFENCE_PERMIT_HEADER + DRONEFENCE_DIGEST_LEN) ||
	       i >= blob->size - 2048 / 8;
}

TEST_F_TIMEOUT(seal, takes_no_permit_that_was_altered, TIMEOUT)
{
	struct df_blob good = permit(5, 2);
	uint8_t *data = good.data;
	const void *content = memmem(data, good.size, DFENCE_PERMIT_MAGIC,
				     DFENCE_PERMIT_MAGIC_LEN);
	int counted = 0;
	size_t i;

	/* It does not list the policy in force: whole, it is refused for that alone. */
	REFUSED(EKEYREJECTED, "the permit does not list the policy in force",
		df_client_seal(client, &good, &certificate, 1, false));
	for (i = 0; i < good.size; i++) {
		data[i] ^= 1 << i % 8;
		EXPECT_GT(0, df_client_seal(client, &good, &certificate, 1, false));
		if (counts(&good, content, i)) {
			counted++;
			EXPECT_STRNE("kernel reports: the permit does not list the policy in force",
				     df_client_error(client))
				TH_LOG("byte %zu", i);
		}
		data[i] ^= 1 << i % 8;
	}
	EXPECT_EQ(DFENCE_PERMIT_HEADER + DRONEFENCE_DIGEST_LEN + 256, counted);
	for (i = 0; i < good.size; i += 5) {
		struct df_blob cut = { data, i };

		EXPECT_GT(0, df_client_seal(client, &cut, &certificate, 1, false));
	}
	EXPECT_FALSE(module_status().sealed);
	free(good.data);
}

/* After all that nothing is sealed: everything can still be done. */
TEST_F_TIMEOUT(seal, leaves_everything_as_it_was, TIMEOUT)
{
	struct df_limits limits = { .value[DF_LIMIT_UDP] = 61, .given[DF_LIMIT_UDP] = true };

	EXPECT_EQ(0, df_client_set_limits(client, &limits));
	EXPECT_EQ(0, apply(1, NULL));
	/* A permit is not read where nothing is sealed. */
	EXPECT_EQ(0, apply(0, &(struct df_blob){ "x", 1 }));
	df_client_close(client);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, shell("modprobe dronefence"));
	client = open_client();
	EXPECT_EQ(0, apply(0, NULL));
}

static bool stop;

/* Puts policies into force in turn, as fast as it can; returns how many. */
static void *change_policy(void *arg)
{
	struct df_client *own = open_client();
	struct df_policy_info info;
	long count = 0;
	uint32_t applied;
	int i = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		i = !i;
		if (df_client_policy(own, &info))
			break;
		count += !df_client_apply(own, builds[i].image, info.generation,
					  NULL, NULL, &applied);
	}
	df_client_close(own);
	return (void *)count;
}

/* Whichever comes first: what is in force at the end is what the permit lists. */
TEST_F_TIMEOUT(seal, is_set_while_the_policy_changes, TIMEOUT)
{
	struct df_blob good = permit(5, 1);
	pthread_t thread;
	void *count;
	int err, tries = 0;

	ASSERT_EQ(0, pthread_create(&thread, NULL, change_policy, NULL));
	do {
		err = df_client_seal(client, &good, &certificate, 1, false);
	} while (err && ++tries < 100000);
	ASSERT_EQ(0, err);
	EXPECT_EQ(0, in_force());
	usleep(1000000);
	EXPECT_EQ(0, in_force());
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, &count);
	TH_LOG("sealed at try %d, between %ld policies", tries + 1, (long)count);
	EXPECT_EQ(0, in_force());
	free(good.data);
}

TEST_F_TIMEOUT(seal, is_told, TIMEOUT)
{
	struct df_status status = module_status();

	EXPECT_TRUE(status.sealed);
	EXPECT_EQ(5, status.seal.serial);
	EXPECT_EQ(1, status.seal.permitted);
	ASSERT_EQ(1, status.seal.key_count);
	EXPECT_EQ(0, strncmp(status.seal.keys[0], "Example: ours", 13))
		TH_LOG("%s", status.seal.keys[0]);
}

TEST_F_TIMEOUT(seal, keeps_the_module, TIMEOUT)
{
	df_client_close(client);
	EXPECT_EQ(EWOULDBLOCK, unload());
	client = open_client();
	EXPECT_EQ(0, in_force());
}

/**
 * struct seen - what was found among the events
 */
struct seen {
	uint64_t since;
	int refused[DFENCE_REFUSED_PERMIT + 1];
	uint8_t command;
	int sealed;
	uint64_t serial;
};

static int look(const struct df_event *event, void *arg)
{
	struct seen *seen = arg;

	if (event->type == DFENCE_EVENT_REQUEST_REFUSED) {
		seen->refused[event->refused]++;
		seen->command = event->command;
	}
	if (event->type == DFENCE_EVENT_SEALED) {
		seen->sealed++;
		seen->serial = event->serial;
	}
	return 0;
}

static struct seen seen_since(uint64_t since)
{
	struct seen seen = { 0 };

	df_client_events(client, since, look, &seen);
	return seen;
}

TEST_F_TIMEOUT(seal, is_an_event, TIMEOUT)
{
	struct seen seen = seen_since(1);

	EXPECT_EQ(1, seen.sealed);
	EXPECT_EQ(5, seen.serial);
	/* Of before the seal, and by the thread. */
	EXPECT_LT(0, seen.refused[DFENCE_REFUSED_UNLISTED]);
}

TEST_F_TIMEOUT(seal, holds_limits, TIMEOUT)
{
	struct df_limits limits = { .value[DF_LIMIT_FLOWS] = 1, .given[DF_LIMIT_FLOWS] = true };
	struct df_limits now;
	uint64_t refused = module_status().requests_refused;

	REFUSED(EPERM, "the module is sealed: this stays as it is until the next start",
		df_client_set_limits(client, &limits));
	EXPECT_EQ(0, df_client_limits(client, &now));
	EXPECT_LT(1, now.value[DF_LIMIT_FLOWS]);
	EXPECT_EQ(refused + 1, module_status().requests_refused);
}

static struct df_pin pin_of(const char *app, const char *path)
{
	struct df_pin pin = { .fd = open(path, O_PATH | O_CLOEXEC) };

	strcpy(pin.application, app);
	return pin;
}

/* More can be pinned, and nothing less. */
TEST_F_TIMEOUT(seal, holds_pins, TIMEOUT)
{
	struct df_pin pins[DRONEFENCE_MAX_PINS];
	uint64_t killed;
	int i;

	pins[0] = pin_of("app", PROGRAM);
	pins[1] = pin_of("other", "/proc/self/exe");
	EXPECT_EQ(0, df_client_set_pins(client, NULL, 0, false));
	EXPECT_EQ(0, df_client_set_pins(client, pins, 1, false));
	EXPECT_EQ(1, app_info("app").pins);
	EXPECT_EQ(0, df_client_set_pins(client, NULL, 0, false));
	EXPECT_EQ(1, app_info("app").pins);
	EXPECT_EQ(0, df_client_set_pins(client, pins, 1, false));
	EXPECT_EQ(1, module_status().pins);
	EXPECT_EQ(0, df_client_set_pins(client, &pins[1], 1, false));
	EXPECT_EQ(1, app_info("app").pins);
	EXPECT_EQ(2, module_status().pins);
	/* Nor does the file become another one's. There is no cgroup where to place it. */
	pins[2] = pin_of("other", PROGRAM);
	EXPECT_EQ(0, df_client_set_pins(client, &pins[2], 1, false));
	EXPECT_EQ(3, module_status().pins);
	killed = app_info("app").place_failed;
	shell(PROGRAM);
	EXPECT_EQ(killed + 1, app_info("app").place_failed);
	/* Those that stay take room. */
	for (i = 0; i < DRONEFENCE_MAX_PINS; i++) {
		pins[i].fd = pins[0].fd;
		pins[i].copies = false;
		snprintf(pins[i].application, sizeof(pins[i].application), "a%d", i);
	}
	REFUSED(E2BIG, "too many pins, with those that stay",
		df_client_set_pins(client, pins, DRONEFENCE_MAX_PINS, false));
	EXPECT_EQ(3, module_status().pins);
	EXPECT_EQ(0, df_client_set_pins(client, pins, DRONEFENCE_MAX_PINS - 3, false));
	EXPECT_EQ(DRONEFENCE_MAX_PINS, module_status().pins);
	EXPECT_EQ(1, app_info("app").pins);
}

/* The serial number of the keyring, which /proc/keys shows. */
static int keyring(void)
{
	FILE *file = popen("sed -n 's/ .*keyring *\\.dronefence.*//p' /proc/keys", "r");
	unsigned int serial = 0;

	if (!file || fscanf(file, "%x", &serial) != 1)
		serial = 0;
	if (file)
		pclose(file);
	return serial;
}

/* What root may do with keys of his own. */
TEST_F_TIMEOUT(seal, holds_its_keyring, TIMEOUT)
{
	int id = keyring();

	ASSERT_NE(0, id);
	EXPECT_EQ(-1, syscall(SYS_add_key, "asymmetric", NULL, stranger.data,
			      stranger.size, id));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_CLEAR, id));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_REVOKE, id));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_INVALIDATE, id));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_SETPERM, id, 0x3f3f3f3f));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_CHOWN, id, 0, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, id, 1));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_LINK, id, KEY_SPEC_SESSION_KEYRING));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, ".dronefence"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(id, keyring());
}

TEST_F_TIMEOUT(seal, holds_keys, TIMEOUT)
{
	struct df_blob by_stranger = permit_by("theirs", 9, 1);
	struct seen seen;
	uint64_t since = module_status().event_next;

	REFUSED(EPERM, "the module is sealed: this stays as it is until the next start",
		df_client_seal(client, &by_stranger, &stranger, 1, false));
	REFUSED(EPERM, "the module is sealed: this stays as it is until the next start",
		df_client_seal(client, &by_stranger, NULL, 0, true));
	REFUSED(ENOKEY, "no key that is trusted here has signed the permit",
		df_client_seal(client, &by_stranger, NULL, 0, false));
	EXPECT_EQ(1, module_status().seal.key_count);
	EXPECT_EQ(5, module_status().seal.serial);
	/* Some, but only so many: whoever does that often is counted. */
	seen = seen_since(since);
	EXPECT_GE(2, seen.refused[DFENCE_REFUSED_SEALED]);
	free(by_stranger.data);
}

TEST_F_TIMEOUT(seal, holds_the_policy, TIMEOUT)
{
	struct df_blob by_stranger = permit_by("theirs", 9, 2), good = permit(6, 2);
	uint32_t before = generation();

	REFUSED(EKEYREJECTED, "no permit lists this policy as it was compiled", apply(1, NULL));
	REFUSED(ENOKEY, "no key that is trusted here has signed the permit",
		apply(1, &by_stranger));
	EXPECT_EQ(-EKEYREJECTED, apply(1, &(struct df_blob){ "x", 1 }));
	SAYS("the permit is not as it was signed");
	((uint8_t *)good.data)[good.size - 1] ^= 1;
	EXPECT_EQ(-EKEYREJECTED, apply(1, &good));
	EXPECT_EQ(before, generation());
	EXPECT_EQ(0, in_force());
	EXPECT_EQ(0, module_status().transaction);
	/* The same again is no other one. */
	EXPECT_EQ(0, apply(0, NULL));
	EXPECT_EQ(before + 1, generation());
	EXPECT_EQ(5, module_status().seal.serial);
	free(by_stranger.data);
	free(good.data);
}

/* One digest in the image is another: the image is not what it says it is. */
TEST_F_TIMEOUT(seal, holds_the_image, TIMEOUT)
{
	struct df_image *image = builds[0].image;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];

	image->geo_date++;
	EXPECT_EQ(-EKEYREJECTED, apply(0, NULL));
	SAYS("no permit lists this policy as it was compiled");
	image->geo_date--;
	image->source_digest[31] ^= 1;
	EXPECT_EQ(-EKEYREJECTED, apply(0, NULL));
	image->source_digest[31] ^= 1;
	EXPECT_EQ(0, df_image_digest(image, digest));
	EXPECT_EQ(0, memcmp(digest, digests[0], sizeof(digest)));
	EXPECT_EQ(0, in_force());
}

TEST_F_TIMEOUT(seal, takes_newer_permits, TIMEOUT)
{
	struct df_blob first = permit(5, 1), other = permit(5, 3), old = permit(4, 3);
	struct df_blob both = permit(6, 3), second = permit(7, 2);
	uint64_t since;

	/* Alone: it has to list what is in force. */
	EXPECT_EQ(0, df_client_seal(client, &first, NULL, 0, false));
	REFUSED(EKEYREJECTED, "another permit with this serial holds",
		df_client_seal(client, &other, NULL, 0, false));
	REFUSED(EKEYREJECTED, "the permit has a lower serial than the one that holds",
		df_client_seal(client, &old, NULL, 0, false));
	REFUSED(EKEYREJECTED, "the permit does not list the policy in force",
		df_client_seal(client, &second, NULL, 0, false));
	EXPECT_EQ(5, module_status().seal.serial);
	since = module_status().event_next;
	EXPECT_EQ(0, df_client_seal(client, &both, NULL, 0, false));
	EXPECT_EQ(6, module_status().seal.serial);
	EXPECT_EQ(2, module_status().seal.permitted);
	EXPECT_EQ(6, seen_since(since).serial);
	EXPECT_EQ(0, apply(1, NULL));
	EXPECT_EQ(1, in_force());

	/* With a policy: that one it has to list. */
	REFUSED(EKEYREJECTED, "no permit lists this policy as it was compiled", apply(0, &second));
	EXPECT_EQ(6, module_status().seal.serial);
	EXPECT_EQ(0, apply(1, &second));
	EXPECT_EQ(7, module_status().seal.serial);

	/* What held before holds no more. */
	REFUSED(EKEYREJECTED, "no permit lists this policy as it was compiled", apply(0, NULL));
	REFUSED(EKEYREJECTED, "the permit has a lower serial than the one that holds",
		apply(0, &both));
	REFUSED(EKEYREJECTED, "the permit has a lower serial than the one that holds",
		df_client_seal(client, &first, NULL, 0, false));
	EXPECT_EQ(1, in_force());
	free(first.data);
	free(other.data);
	free(old.data);
	free(both.data);
	free(second.data);
}

/* The list and the policy in force go together, whoever changes what. */
TEST_F_TIMEOUT(seal, is_renewed_while_the_policy_changes, TIMEOUT)
{
	pthread_t thread;
	void *count;
	uint64_t serial;
	int taken = 0;

	ASSERT_EQ(0, seal(permit(9, 3), false));
	ASSERT_EQ(0, pthread_create(&thread, NULL, change_policy, NULL));
	for (serial = 10; serial < 50; serial++) {
		/* Each second one lists one policy only, and is taken if that is in force. */
		if (seal(permit(serial, serial % 2 ? 1 : 3), false))
			continue;
		taken++;
		if (serial % 2)
			EXPECT_EQ(0, in_force());
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, &count);
	EXPECT_LE(20, taken);
	EXPECT_LT(0, (long)count);
	TH_LOG("%d permits between %ld policies", taken, (long)count);
	EXPECT_EQ(0, seal(permit(50, 1 << in_force()), false));
}

static int ask_without_rights(void *arg)
{
	struct df_client *own;
	struct df_blob *blob = arg;

	if (setgid(1000) || setuid(1000))
		return RUN_FAILED;
	own = open_client();
	return -df_client_seal(own, blob, NULL, 0, false);
}

TEST_F_TIMEOUT(seal, takes_rights, TIMEOUT)
{
	struct df_blob good = permit(60, 1 << in_force());

	EXPECT_EQ(EPERM, run_in(OTHER, ask_without_rights, &good));
	EXPECT_EQ(50, module_status().seal.serial);
	free(good.data);
}

/* The largest permit there can be. */
TEST_F_TIMEOUT(seal, takes_long_lists, TIMEOUT)
{
	uint8_t content[CONTENT_MAX];
	uint8_t *at = content + DFENCE_PERMIT_HEADER;
	int i, place = -1;

	ASSERT_EQ(0, apply(in_force(), NULL));
	write_content(content, 70, 0);
	put_be(content + 12, DRONEFENCE_MAX_PERMITTED, 4);
	/* Their first two bytes count from 0 on in steps; one gives way to the real one. */
	for (i = 0; i < DRONEFENCE_MAX_PERMITTED; i++, at += DRONEFENCE_DIGEST_LEN) {
		memset(at, 0, DRONEFENCE_DIGEST_LEN);
		put_be(at, 64 * i, 2);
		if (memcmp(at, digests[in_force()], DRONEFENCE_DIGEST_LEN) <= 0)
			place = i;
	}
	memcpy(content + DFENCE_PERMIT_HEADER + place * DRONEFENCE_DIGEST_LEN,
	       digests[in_force()], DRONEFENCE_DIGEST_LEN);
	EXPECT_EQ(0, seal(sign(content, DFENCE_PERMIT_HEADER + DRONEFENCE_MAX_PERMITTED *
			       DRONEFENCE_DIGEST_LEN, "ours", CMS_NOATTR), false));
	EXPECT_EQ(DRONEFENCE_MAX_PERMITTED, module_status().seal.permitted);
	EXPECT_EQ(0, apply(in_force(), NULL));
}

int main(int argc, char **argv)
{
	int i;

	fence_setup();
	if (shell("feed_random"))
		die("no random numbers");
	make_key("ours", &certificate);
	make_key("theirs", &stranger);
	for (i = 0; i < POLICIES; i++)
		make_policy(i);
	return test_harness_run(argc, argv);
}
