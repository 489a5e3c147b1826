// SPDX-License-Identifier: GPL-2.0-or-later
/* Permits: which images of a policy they list, and what is signed. */
#include <errno.h>

#include <openssl/cms.h>
#include <openssl/pem.h>

#include "apply.h"
#include "permit.h"
#include "permit_file.h"
#include "policy_util.h"
#include "switches.h"

static const char policy_text[] =
	"version: 1\n"
	"name: test\n"
	"unlock: 15min\n"
	"profiles:\n"
	"  field: { rules: [ { deny: [192.168.7.0/24] }, { allow: [198.51.100.0/24] } ],\n"
	"    default: deny }\n"
	"  maps: { rules: [ { allow: [203.0.113.0/24] } ], default: deny, pilot: true }\n"
	"applications:\n"
	"  qgc: { match: { cgroup: /qgc }, profile: field }\n"
	"  fleet: { match: { cgroup: /fleet }, profile: field }\n";

static struct df_images images;
static struct df_diags diags;
static struct df_blob permit;

static int set_up(void **state)
{
	if (access("rsa.pem", F_OK))
		assert_int_equal(system(
			"openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa -out rsa.pem -days 9 -subj /CN=test 2>/dev/null &&"
			"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec -out ec.pem -days 9 -subj /CN=test 2>/dev/null &&"
			"openssl req -x509 -newkey ed25519 -nodes -keyout ed -out ed.pem -days 9 -subj /CN=test 2>/dev/null &&"
			"openssl x509 -in rsa.pem -outform DER -out rsa.der"), 0);
	write_text("policy.yaml", policy_text);
	memset(&diags, 0, sizeof(diags));
	return 0;
}

static int tear_down(void **state)
{
	df_diags_free(&diags);
	free(permit.data);
	permit.data = NULL;
	return 0;
}

static enum df_exit list(const char *path, enum df_permit_scope scope)
{
	struct df_permit_options options = { .scope = scope };

	return df_permit_images(path, &options, &images, &diags);
}

static size_t count(enum df_permit_scope scope)
{
	assert_int_equal(list("policy.yaml", scope), DF_EXIT_OK);
	return images.count;
}

/* The image that comes into force with these switches, as apply makes it. */
static void compile(const char *path, const struct df_switches *switches,
		    uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	struct df_build_options options = { .switches = switches };
	struct df_build build;

	assert_int_equal(df_build_load(&build, path, &options, &diags), DF_EXIT_OK);
	assert_int_equal(df_image_digest(build.image, digest), 0);
	df_build_free(&build);
}

static bool is_listed(const struct df_switches *switches)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	size_t i;

	compile("policy.yaml", switches, digest);
	for (i = 0; i < images.count; i++)
		if (!memcmp(images.list[i], digest, sizeof(digest)))
			return true;
	return false;
}

/* Two applications, each as the file says, local, with the pilot's profile, unlocked. */
static void lists_what_a_pilot_can_do(void **state)
{
	struct df_switch entries[] = {
		{ .application = "fleet" }, { .application = DF_SWITCH_ALL },
	};
	struct df_switches switches = { .list = entries, .count = 2 };

	assert_int_equal(count(DF_PERMIT_ALL), 16);
	assert_true(is_listed(NULL));
	assert_true(is_listed(&switches));
	strcpy(entries[0].profile, "maps");
	assert_true(is_listed(&switches));
	entries[1].unlocked_until = df_boottime() + 60;
	assert_true(is_listed(&switches));
	strcpy(entries[1].profile, DF_LOCAL_DATA_MODE);
	assert_true(is_listed(&switches));
	entries[1].unlocked_until = 0;
	assert_true(is_listed(&switches));
	/* Root can do more, but not under the seal. */
	entries[0].unlocked_until = 0;
	write_text("policy.yaml", "version: 1\n"
		   "profiles: { p: { default: deny }, q: { default: allow } }\n"
		   "applications: { fleet: { match: { cgroup: /a }, profile: p } }\n");
	assert_int_equal(count(DF_PERMIT_ALL), 2);
	strcpy(entries[0].profile, "q");
	assert_false(is_listed(&switches));
	entries[0].profile[0] = '\0';
	entries[0].unlocked_until = df_boottime() + 60;
	assert_false(is_listed(&switches));
}

static void lists_less_on_demand(void **state)
{
	struct df_switch entry = { .application = "qgc" };
	struct df_switches switches = { .list = &entry, .count = 1 };

	assert_int_equal(count(DF_PERMIT_NO_UNLOCK), 9);
	entry.unlocked_until = df_boottime() + 60;
	assert_false(is_listed(&switches));
	assert_int_equal(count(DF_PERMIT_NO_SWITCHES), 1);
	assert_true(is_listed(NULL));
	entry.unlocked_until = 0;
	strcpy(entry.profile, DF_LOCAL_DATA_MODE);
	assert_false(is_listed(&switches));
}

/* 16 bytes a line is more than such a policy takes. */
static void write_many(size_t applications)
{
	char text[4096] = "version: 1\nprofiles: { p: { default: deny } }\napplications:\n";
	size_t i;

	for (i = 0; i < applications; i++)
		sprintf(text + strlen(text),
			"  a%zu: { match: { cgroup: /a%zu }, profile: p }\n", i, i);
	write_text("policy.yaml", text);
}

static void refuses_what_would_be_too_many(void **state)
{
	write_many(10);
	assert_int_equal(count(DF_PERMIT_ALL), 1024);
	write_many(11);
	assert_int_equal(list("policy.yaml", DF_PERMIT_ALL), DF_EXIT_POLICY);
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.list[0].message,
			    "11 applications that a pilot can have in 2 states each are more images than the 1024 that fit into a permit; leave some out with --no-unlock or --no-switches");
	df_diags_free(&diags);
	assert_int_equal(count(DF_PERMIT_NO_SWITCHES), 1);
}

/* Where and when it is compiled is no part of it, and it is the same each time. */
static void is_the_same_everywhere(void **state)
{
	uint8_t here[DRONEFENCE_DIGEST_LEN], there[DRONEFENCE_DIGEST_LEN];
	static struct df_images before;
	char path[PATH_MAX];

	assert_int_equal(system("rm -rf elsewhere; mkdir -p elsewhere/etc; cp policy.yaml elsewhere/etc/"), 0);
	assert_int_equal(list("policy.yaml", DF_PERMIT_ALL), DF_EXIT_OK);
	before = images;
	assert_non_null(realpath("elsewhere/etc/policy.yaml", path));
	assert_int_equal(list(path, DF_PERMIT_ALL), DF_EXIT_OK);
	assert_int_equal(images.count, before.count);
	assert_memory_equal(images.list, before.list,
			    images.count * sizeof(*images.list));
	compile("policy.yaml", NULL, here);
	compile("elsewhere/etc/policy.yaml", NULL, there);
	assert_memory_equal(here, there, sizeof(here));
	/* But another text is another image. */
	assert_int_equal(system("echo '#' >>elsewhere/etc/policy.yaml"), 0);
	compile("elsewhere/etc/policy.yaml", NULL, there);
	assert_memory_not_equal(here, there, sizeof(here));
}

static void tells_bad_policies(void **state)
{
	write_text("policy.yaml", "version: 1\nprofiles: 3\n");
	assert_int_equal(list("policy.yaml", DF_PERMIT_ALL), DF_EXIT_POLICY);
	assert_true(diags.errors > 0);
	df_diags_free(&diags);
	assert_int_equal(list("gone.yaml", DF_PERMIT_ALL), DF_EXIT_POLICY);
	df_diags_free(&diags);
	write_text("policy.yaml", "version: 1\ngeo: { country: 'tor-geoipdb:/nowhere' }\n"
		   "profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: deny } }\n"
		   "applications: { a: { match: { cgroup: /a }, profile: p } }\n");
	assert_int_equal(list("policy.yaml", DF_PERMIT_ALL), DF_EXIT_GEO);
}

/* What was signed, if that certificate has signed it, as OpenSSL reads it. */
static BIO *content_of(const struct df_blob *blob, const char *certificate)
{
	const unsigned char *at = blob->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)blob->size);
	FILE *file = fopen(certificate, "re");
	X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);
	struct stack_st_X509 *certificates = sk_X509_new_null();
	BIO *content = BIO_new(BIO_s_mem());

	assert_non_null(cms);
	assert_ptr_equal(at, (uint8_t *)blob->data + blob->size);
	sk_X509_push(certificates, x509);
	if (CMS_verify(cms, certificates, NULL, NULL, content,
		       CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1) {
		BIO_free(content);
		content = NULL;
	}
	sk_X509_pop_free(certificates, X509_free);
	CMS_ContentInfo_free(cms);
	fclose(file);
	return content;
}

static void assert_signs(const char *key, const char *certificate,
			 const char *verified_by)
{
	struct dfence_permit read;
	uint8_t *data;
	BIO *content;
	long size;

	assert_int_equal(count(DF_PERMIT_ALL), 16);
	assert_int_equal(df_permit_sign(&images, 0x0102030405060708, key,
					certificate, &permit), 0);
	content = content_of(&permit, verified_by);
	assert_non_null(content);
	size = BIO_get_mem_data(content, &data);
	assert_null(dfence_permit_parse(data, (size_t)size, &read));
	assert_true(read.serial == 0x0102030405060708);
	assert_int_equal(read.count, 16);
	assert_memory_equal(read.digests, images.list, 16 * DRONEFENCE_DIGEST_LEN);
	BIO_free(content);
	free(permit.data);
	permit.data = NULL;
}

static void signs(void **state)
{
	assert_signs("rsa", "rsa.pem", "rsa.pem");
	assert_signs("rsa", "rsa.der", "rsa.pem");
	assert_signs("ec", "ec.pem", "ec.pem");
	assert_int_equal(df_permit_sign(&images, 1, "rsa", "rsa.pem", &permit), 0);
	assert_null(content_of(&permit, "ec.pem"));
}

static void signs_with_no_wrong_key(void **state)
{
	images.count = 1;
	assert_int_equal(df_permit_sign(&images, 1, "ed", "ed.pem", &permit), -EOPNOTSUPP);
	assert_int_equal(df_permit_sign(&images, 1, "rsa", "ec.pem", &permit), -EKEYREJECTED);
	assert_int_equal(df_permit_sign(&images, 1, "rsa", "policy.yaml", &permit), -EBADMSG);
	assert_int_equal(df_permit_sign(&images, 1, "rsa.pem", "rsa.pem", &permit), -EINVAL);
	assert_int_equal(df_permit_sign(&images, 1, "gone", "rsa.pem", &permit), -ENOENT);
	assert_int_equal(df_permit_sign(&images, 1, "rsa", "gone", &permit), -ENOENT);
	assert_null(permit.data);
}

static void keeps_it_beside_the_policy(void **state)
{
	struct df_blob again;

	assert_int_equal(df_permit_read("policy.yaml", &again), -ENOENT);
	images.count = DRONEFENCE_MAX_PERMITTED;
	assert_int_equal(df_permit_sign(&images, 1, "rsa", "rsa.pem", &permit), 0);
	assert_int_equal(df_permit_write("policy.yaml", &permit), 0);
	assert_int_equal(df_permit_read("policy.yaml", &again), 0);
	assert_int_equal(again.size, permit.size);
	assert_memory_equal(again.data, permit.data, permit.size);
	free(again.data);
	assert_int_equal(system("head -c 70000 /dev/zero >policy.yaml.permit"), 0);
	assert_int_equal(df_permit_read("policy.yaml", &again), -EFBIG);
	assert_null(again.data);
	assert_int_equal(system("rm policy.yaml.permit; mkdir policy.yaml.permit"), 0);
	assert_int_equal(df_permit_read("policy.yaml", &again), -EIO);
	assert_int_equal(system("rmdir policy.yaml.permit"), 0);
}

/* What the kernel forgets over a restart. */
static void knows_the_newest(void **state)
{
	struct df_blob old, none = { "x", 1 };

	assert_int_equal(system("rm -rf state"), 0);
	images.count = 1;
	assert_int_equal(df_permit_sign(&images, 6, "rsa", "rsa.pem", &old), 0);
	assert_int_equal(df_permit_sign(&images, 7, "rsa", "rsa.pem", &permit), 0);
	assert_true(df_permit_is_new(&old, "policy.yaml", "state/sealed", &diags));
	assert_int_equal(df_permit_keep(&permit, "state/sealed"), 0);
	assert_true(df_permit_is_new(&permit, "policy.yaml", "state/sealed", &diags));
	assert_int_equal(diags.count, 0);
	assert_false(df_permit_is_new(&old, "policy.yaml", "state/sealed", &diags));
	assert_string_equal(diags.list[0].message,
			    "policy.yaml.permit: serial 6 is older than 7, which was in force");
	free(old.data);
	/* The same serial with another list. */
	images.list[0][0] ^= 1;
	assert_int_equal(df_permit_sign(&images, 7, "rsa", "rsa.pem", &old), 0);
	assert_false(df_permit_is_new(&old, "policy.yaml", "state/sealed", &diags));
	assert_false(df_permit_is_new(&none, "policy.yaml", "state/sealed", &diags));
	assert_string_equal(diags.list[2].message,
			    "policy.yaml.permit: this is no permit");
	assert_int_equal(df_permit_keep(&none, "state/sealed"), -EBADMSG);
	free(old.data);
}

static void reads_certificates(void **state)
{
	struct df_blob one, other;

	assert_int_equal(df_permit_certificate("rsa.pem", &one), 0);
	assert_int_equal(df_permit_certificate("rsa.der", &other), 0);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	free(one.data);
	free(other.data);
	assert_int_equal(df_permit_certificate("policy.yaml", &one), -EBADMSG);
	assert_int_equal(df_permit_certificate("gone", &one), -ENOENT);
	assert_null(one.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_what_a_pilot_can_do, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_less_on_demand, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_would_be_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_the_same_everywhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_bad_policies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signs_with_no_wrong_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_it_beside_the_policy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(knows_the_newest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_certificates, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
