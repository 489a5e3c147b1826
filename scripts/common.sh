# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Helpers that the other scripts source.

DF_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/dronefence
mkdir -p "$DF_CACHE"

# Where depmod, tc and their like are, for people who are not root as well.
PATH=$PATH:/usr/sbin:/sbin

# The kernels that the module supports, by series; and those that it is tested with
# beside them, see kernel.sh.
# shellcheck disable=SC2034
DF_SERIES="6.1 6.12" DF_NEWEST=sid

# The Debian release that came with a series.
debian_of() {
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	*) die "no Debian came with Linux $1" ;;
	esac
}

# Progress goes to standard error: standard output is for results.
say() { echo "dronefence: $*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# Root runs a command as it is, everybody else through sudo.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# with_lock NAME COMMAND...: one at a time on this machine. The command gets
# no copy of the lock, so nothing that it leaves running can keep it.
# Do not test its status with || or if: a function run this way would go on
# after an error.
with_lock() {
	local lock=$DF_CACHE/$1.lock
	shift
	(
		flock 9
		"$@" 9>&-
	) 9>"$lock"
}

# The suite of use_suite; empty for those of this machine.
DF_SUITE=''

# use_suite SUITE: what apt is asked from here on is of another suite of Debian, with
# lists of its own in the cache. Nothing of it is installed.
use_suite() {
	local dir=$DF_CACHE/apt-$1 mirror
	# Where this machine itself has its Debian from.
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Label: Debian' | sed -n 1p)
	[ -n "$mirror" ] || die "apt knows no mirror of Debian; apt-get update tells it"
	mkdir -p "$dir"/{lists/partial,archives/partial}
	: >"$dir/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$mirror $1 main" >"$dir/sources.list"
	cat >"$dir/apt.conf.$$" <<-END
	Dir::State::lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir";
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Acquire::Check-Valid-Until "false";
	APT::Sandbox::User "root";
	END
	mv "$dir/apt.conf.$$" "$dir/apt.conf"
	export APT_CONFIG=$dir/apt.conf
	DF_SUITE=$1
}

apt_update_once() {
	# An image without package lists, or with lists a week old. Of another suite
	# what is replaced is gone at once.
	local stamp=$DF_CACHE/apt-updated probe=linux-source-6.12 root=as_root days=7
	[ -z "$DF_SUITE" ] || stamp+=-$DF_SUITE probe=linux-headers-amd64 root=env days=1
	if [ -z "$(find "$stamp" -mtime "-$days" 2>/dev/null)" ] ||
	   ! apt-cache show "$probe" >/dev/null 2>&1; then
		say "apt-get update${DF_SUITE:+ for $DF_SUITE}"
		with_lock "apt${DF_SUITE:+-$DF_SUITE}" "$root" apt-get update -qq >&2
		touch "$stamp"
	fi
}

# The version of a package that apt would install.
apt_candidate() {
	local v
	apt_update_once
	v=$(apt-cache policy "$1" | sed -n 's/^  Candidate: //p')
	case $v in
	"" | "(none)") die "apt knows no package $1" ;;
	esac
	echo "$v"
}

# apt_fetch DIR PACKAGE...: download packages without installing them.
apt_fetch() {
	local dir=$1
	shift
	(cd "$dir" && apt-get download -qq -o APT::Sandbox::User=root "$@" >&2)
}

# apt_install PACKAGE...: install what is missing, and say so.
apt_install() {
	local p missing=()
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
			missing+=("$p")
	done
	[ ${#missing[@]} = 0 ] && return
	apt_update_once
	say "installing: ${missing[*]}"
	with_lock apt as_root env DEBIAN_FRONTEND=noninteractive apt-get install \
		-qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 \
		"${missing[@]}" >&2
}

# sum_counts FILE...: what tap.awk counted in all of them, as a comment of TAP;
# fails if anything failed.
sum_counts() {
	awk '{ p += $1; f += $2; s += $3 }
	END {
		printf "# %d passed, %d failed, %d skipped\n", p, f, s
		exit f > 0
	}' "$@"
}

# stage NUMBER OF NAME COMMAND...: run what writes TAP, show it as a subtest of a larger
# stream, and leave in the folder $work what it wrote as NAME and what tap.awk counted
# as NAME.counts.
# shellcheck disable=SC2154
stage() {
	local begin=$SECONDS number=$1 name=$3
	say "stage $1 of $2: $3"
	shift 3
	echo "# Subtest: $name"
	# The stream as it comes, but for its plan.
	{
		"$@"
		echo "#exit $?"
	} | tee "$work/$name" | sed -u -e '/^#exit/d; /^1\.\./d; /^TAP version/d' -e 's/^/    /'
	awk -v number="$number" -v name="$name ($((SECONDS - begin)) s)" -v quiet=1 \
		-v rewritten=1 -v counts="$work/$name.counts" -f "$scripts/tap.awk" "$work/$name"
}
