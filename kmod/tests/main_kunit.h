/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_MAIN_KUNIT_H
#define DFENCE_MAIN_KUNIT_H

struct kunit_suite;

int dfence_kunit_setup(struct kunit_suite *suite);
void dfence_kunit_cleanup(struct kunit_suite *suite);

#endif /* DFENCE_MAIN_KUNIT_H */
