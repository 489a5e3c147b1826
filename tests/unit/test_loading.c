// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a module is not loaded, on machines that are folders. */
#include <errno.h>

#include "loading.h"
#include "tree_util.h"

#define EFIVARS "/sys/firmware/efi/efivars/"
#define SECURE_BOOT EFIVARS "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOCKDOWN "/sys/kernel/security/lockdown"
#define ENFORCE "/sys/module/module/parameters/sig_enforce"
#define MODULES "/lib/modules/6.1.0-test"

static struct df_loading loading;
static char advice[DF_LOADING_SIZE];

static int set_up(void **state)
{
	clear_tree();
	put_file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
	return 0;
}

static void look(void)
{
	assert_int_equal(df_loading_look("root", &loading), 0);
	df_loading_advice(&loading, advice);
}

static void assert_advice(const char *part)
{
	if (!strstr(advice, part))
		fail_msg("\"%s\" is not in \"%s\"", part, advice);
}

static void put_secure_boot(int value)
{
	FILE *file;

	make_folder(EFIVARS);
	file = fopen("root" SECURE_BOOT, "we");
	assert_non_null(file);
	assert_int_equal(fwrite("\6\0\0\0", 1, 4, file), 4);
	assert_int_equal(fputc(value, file), value);
	fclose(file);
}

/* As DKMS leaves it, from an object file that says that it is one of the kernel's. */
static void put_module(void)
{
	make_folder(MODULES "/updates/dkms");
	assert_int_equal(system("echo '.section .modinfo; .asciz \"name=dronefence\"' |"
				" gcc -c -x assembler - -o root" MODULES
				"/updates/dkms/dronefence.ko"), 0);
	put_file(MODULES "/modules.dep", "updates/dkms/dronefence.ko: kernel/a.ko\n");
}

static void test_none_for_this_kernel(void **state)
{
	look();
	assert_string_equal(loading.release, "6.1.0-test");
	assert_false(loading.built);
	assert_advice("none for this kernel, 6.1.0-test");
}

static void test_one_for_this_kernel(void **state)
{
	put_module();
	look();
	assert_true(loading.built);
	assert_string_equal(loading.signer, "");
	assert_advice("\"modprobe dronefence\"");

	/* That another one needs it, or has a longer name, does not make one. */
	put_file(MODULES "/modules.dep", "a.ko: x/dronefence.ko\ndronefence-kunit.ko:\n");
	look();
	assert_false(loading.built);
}

static void test_without_signature(void **state)
{
	put_module();
	put_file(LOCKDOWN, "none [integrity] confidentiality\n");
	look();
	assert_true(loading.signed_only);
	assert_advice("has no signature");

	put_file(LOCKDOWN, "[none] integrity confidentiality\n");
	look();
	assert_false(loading.signed_only);

	put_file(ENFORCE, "Y\n");
	look();
	assert_true(loading.signed_only);
	put_file(ENFORCE, "N\n");
	look();
	assert_false(loading.signed_only);
}

static void test_signer_is_named(void **state)
{
	struct df_loading signed_by = {
		.release = "6.1.0-test", .signed_only = true, .built = true,
		.signer = "DKMS module signing key",
	};

	df_loading_advice(&signed_by, advice);
	assert_advice("signed by DKMS module signing key");
	assert_advice("enroll");
}

static void test_firmware(void **state)
{
	look();
	assert_int_equal(loading.secure_boot, DF_SECURE_BOOT_NONE);
	put_secure_boot(0);
	look();
	assert_int_equal(loading.secure_boot, DF_SECURE_BOOT_OFF);
	put_secure_boot(1);
	look();
	assert_int_equal(loading.secure_boot, DF_SECURE_BOOT_ON);
	assert_string_equal(df_secure_boot_name(loading.secure_boot), "on");

	/* Without its value. */
	put_file(SECURE_BOOT, "%s", "\6");
	look();
	assert_int_equal(loading.secure_boot, DF_SECURE_BOOT_NONE);
}

static void test_unknown_kernel(void **state)
{
	clear_tree();
	assert_int_equal(df_loading_look("root", &loading), -ENOENT);
}

static void test_damaged_module(void **state)
{
	put_module();
	put_file(MODULES "/updates/dkms/dronefence.ko", "no ELF");
	look();
	assert_true(loading.built);
	assert_string_equal(loading.signer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_none_for_this_kernel, set_up),
		cmocka_unit_test_setup(test_one_for_this_kernel, set_up),
		cmocka_unit_test_setup(test_without_signature, set_up),
		cmocka_unit_test_setup(test_signer_is_named, set_up),
		cmocka_unit_test_setup(test_firmware, set_up),
		cmocka_unit_test_setup(test_unknown_kernel, set_up),
		cmocka_unit_test_setup(test_damaged_module, set_up),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
