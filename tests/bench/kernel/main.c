// SPDX-License-Identifier: GPL-2.0-only
/* The harness of the benchmark, see bench.h: its file and its commands. */

#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#include "bench.h"

#define SAMPLES	16384U

static unsigned int empty_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static const struct nf_hook_ops empty_ops[] = {
	{
		.hook		= empty_hook,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_FILTER - 1,
	},
	{
		.hook		= empty_hook,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP6_PRI_FILTER - 1,
	},
};

static DEFINE_MUTEX(empty_lock);
static struct net *empty_net;

/* Register the empty hook in a namespace, or nowhere. */
static int set_empty(struct net *net)
{
	int err = 0;

	mutex_lock(&empty_lock);
	if (empty_net) {
		nf_unregister_net_hooks(empty_net, empty_ops,
					ARRAY_SIZE(empty_ops));
		put_net(empty_net);
		empty_net = NULL;
	}
	if (net) {
		err = nf_register_net_hooks(net, empty_ops,
					    ARRAY_SIZE(empty_ops));
		if (!err)
			empty_net = get_net(net);
	}
	mutex_unlock(&empty_lock);
	return err;
}

/**
 * bench_sample() - keep the time of a batch
 * @bench: keeps it
 * @ns: of the whole batch
 * @packets: in the batch
 */
void bench_sample(struct bench *bench, u64 ns, u32 packets)
{
	bench->spent += ns;
	/* In units of 1/1000 ns, so that the median needs no fractions. */
	if (bench->sample_count < SAMPLES)
		bench->samples[bench->sample_count++] =
			div_u64(ns * 1000, packets);
}

/**
 * bench_enough() - may a run end early
 * @bench: that runs
 *
 * Return: true after a second and some batches, whatever was asked for.
 */
bool bench_enough(const struct bench *bench)
{
	return bench->spent > NSEC_PER_SEC && bench->sample_count >= 8;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void set_result(struct bench *bench, u64 accepted)
{
	u64 median;

	bench->pos = 0;
	bench->length = scnprintf(bench->result, sizeof(bench->result), "ok\n");
	if (!bench->sample_count)
		return;
	sort(bench->samples, bench->sample_count, sizeof(u64), by_value, NULL);
	median = bench->samples[bench->sample_count / 2];
	bench->length = scnprintf(bench->result, sizeof(bench->result),
				  "%llu.%03llu %llu\n", median / 1000,
				  median % 1000, accepted);
}

static int set_device(struct bench *bench, const char *name)
{
	struct net_device *dev = dev_get_by_name(bench->net, name);

	if (!dev)
		return -ENODEV;
	dev_put(bench->dev);
	bench->dev = dev;
	return 0;
}

static int command(struct bench *bench, const char *line)
{
	struct bench_run run = { 0 };
	char word[16], path[128];
	u32 family, n;

	if (sscanf(line, "targets %127s", path) == 1)
		return bench_targets_load(bench, path);
	if (sscanf(line, "device %15s", word) == 1)
		return set_device(bench, word);
	if (sscanf(line, "empty %u", &n) == 1)
		return set_empty(n ? bench->net : NULL);
	if (sscanf(line, "socket %u", &family) == 1)
		return bench_socket_add(bench, family == 6);
	if (sscanf(line, "map %u %127s", &family, path) == 2)
		return bench_map_load(bench, family == 6, path);
	if (sscanf(line, "lookup %u %u", &family, &run.packets) == 2) {
		run.ipv6 = family == 6;
		return bench_map_lookup(bench, &run);
	}
	if (sscanf(line, "%15s %u %u %u", word, &family, &run.flows,
		   &run.packets) == 4) {
		int err = -EINVAL;

		run.ipv6 = family == 6;
		if (!strcmp(word, "hook"))
			err = bench_hook(bench, &run);
		else if (!strcmp(word, "send"))
			err = bench_send(bench, &run);
		set_result(bench, run.accepted);
		return err;
	}
	return -EINVAL;
}

static ssize_t bench_write(struct file *file, const char __user *buf,
			   size_t len, loff_t *pos)
{
	struct bench *bench = file->private_data;
	char line[192];
	int err;

	if (len >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, buf, len))
		return -EFAULT;
	line[len] = '\0';

	mutex_lock(&bench->lock);
	bench->sample_count = 0;
	bench->spent = 0;
	bench->length = 0;
	err = command(bench, line);
	if (!err && !bench->length)
		set_result(bench, 0);
	mutex_unlock(&bench->lock);
	return err ?: len;
}

static ssize_t bench_read(struct file *file, char __user *buf, size_t len,
			  loff_t *pos)
{
	struct bench *bench = file->private_data;
	ssize_t ret;

	mutex_lock(&bench->lock);
	ret = simple_read_from_buffer(buf, len, &bench->pos, bench->result,
				      bench->length);
	mutex_unlock(&bench->lock);
	return ret;
}

static int bench_release(struct inode *inode, struct file *file)
{
	struct bench *bench = file->private_data;

	if (bench->sockets)
		bench_sockets_free(bench);
	dfence_zonemap_free(&bench->map[0]);
	dfence_zonemap_free(&bench->map[1]);
	dev_put(bench->dev);
	put_net(bench->net);
	vfree(bench->ranges);
	kvfree(bench->targets);
	kvfree(bench->sockets);
	kvfree(bench->samples);
	kfree(bench);
	return 0;
}

static int bench_open(struct inode *inode, struct file *file)
{
	struct bench *bench = kzalloc(sizeof(*bench), GFP_KERNEL);

	if (!bench)
		return -ENOMEM;
	mutex_init(&bench->lock);
	bench->net = get_net(current->nsproxy->net_ns);
	bench->targets = kvcalloc(BENCH_TARGETS + BENCH_BATCH,
				  sizeof(*bench->targets), GFP_KERNEL);
	bench->sockets = kvcalloc(BENCH_SOCKETS, sizeof(*bench->sockets),
				  GFP_KERNEL);
	bench->samples = kvcalloc(SAMPLES, sizeof(u64), GFP_KERNEL);
	file->private_data = bench;
	if (bench->targets && bench->sockets && bench->samples)
		return nonseekable_open(inode, file);
	bench_release(inode, file);
	return -ENOMEM;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.release = bench_release,
	.read = bench_read,
	.write = bench_write,
	.llseek = no_llseek,
};

static struct dentry *bench_file;

static int __init bench_init(void)
{
	bench_file = debugfs_create_file("dfbench", 0600, NULL, NULL,
					 &bench_fops);
	return PTR_ERR_OR_ZERO(bench_file);
}

static void __exit bench_exit(void)
{
	debugfs_remove(bench_file);
	set_empty(NULL);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Harness of the dronefence benchmark");
