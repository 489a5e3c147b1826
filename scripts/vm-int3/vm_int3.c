// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crutch for QEMU's emulation of several processors at the same time, for the
 * tests that ask for it.
 *
 * The kernel patches its own code (static keys, tracing) by way of a
 * breakpoint, and knows that no processor can meet the breakpoint once it has
 * been taken out and every processor has synchronised. QEMU does not keep that
 * promise: a processor may execute the breakpoint from code translated before.
 * Kernels up to 6.9 forgave it by accident (the kprobes code stepped back over
 * a breakpoint that is no longer there), later ones die with "Oops: int3".
 * This module forgives it again. It does not help a processor that meets such
 * code for ever, which is rare and ends the machine: one more reason why the
 * processors take turns where a test does not say otherwise. It is loaded in
 * the test machine only.
 */
#include <linux/jiffies.h>
#include <linux/kdebug.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>

/* A breakpoint that stays in the way is nobody's patching: a real fault. */
#define MAX_TRIES 1000

struct tries {
	unsigned long ip;
	unsigned long since;
	unsigned int count;
};

static DEFINE_PER_CPU(struct tries, last);

/*
 * Step back and run the instruction again. By then it is the right one, or the
 * next round of patching has begun and the kernel knows the breakpoint.
 */
static int forgive(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	struct tries *tries = this_cpu_ptr(&last);

	if (event != DIE_INT3 || !args->regs || user_mode(args->regs))
		return NOTIFY_DONE;
	if (tries->ip != args->regs->ip || time_after(jiffies, tries->since))
		*tries = (struct tries){ args->regs->ip, jiffies, 0 };
	if (++tries->count > MAX_TRIES)
		return NOTIFY_DONE;
	args->regs->ip--;
	return NOTIFY_STOP;
}

static struct notifier_block forgiver = { .notifier_call = forgive };

static int __init vm_int3_init(void)
{
	return register_die_notifier(&forgiver);
}
module_init(vm_int3_init);

MODULE_DESCRIPTION("Tolerate breakpoints that QEMU's emulation saw too late");
MODULE_LICENSE("GPL");
