# SPDX-License-Identifier: GPL-2.0-only
# dronefence: the kernel module and its user space. `make help` lists the rest.

# The running kernel's headers, else the newest that are installed.
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(newest_headers))
newest_headers = $(shell realpath $(dir $(wildcard \
	/lib/modules/*/build/Module.symvers \
	/usr/src/linux-headers-*/Module.symvers)) 2>/dev/null | sort -V | tail -n 1)

# Type information for BPF is made by a tool that may not be installed; the
# module does not need it.
kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR) \
	$(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)

# Packaged headers hold no key to sign with.
unsigned = $(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)

SERIES ?= 6.12
# A kernel that checks itself: uml, kasan (slow, two CPUs) or kcsan (data races).
DEBUG ?= uml
export DESTDIR

all: userspace module

userspace:
	+$(MAKE) -C userspace

module: headers
	+$(kbuild) modules

headers:
	@test -e "$(KDIR)/Makefile" || { \
	echo "No kernel headers$(if $(KDIR), in $(KDIR))." \
	"Install the package linux-headers-$$(uname -r)"; \
	echo "(on another kernel than Debian's: its own headers), or name a" \
	"built kernel with KDIR=."; \
	echo "Without headers these work: make userspace, and as root or with" \
	"sudo make demo, make check."; \
	exit 1; } >&2

man:
	$(MAKE) -C userspace man

install: all
	$(MAKE) -C userspace install
	$(kbuild) INSTALL_MOD_PATH=$(DESTDIR) $(unsigned) modules_install

clean:
	$(MAKE) -C userspace clean
	rm -rf build .tmp_versions .Module.symvers.cmd .modules.order.cmd \
		modules.order Module.symvers
	find . -path ./.git -prune -o -type f \( -name '*.o' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \) \
		-exec rm -f {} +

deb:
	scripts/build-deb.sh

geodata-deb:
	scripts/build-geodata-deb.sh $(GEO)

test:
	scripts/build-userspace.sh test

lint:
	scripts/lint.sh

check:
	scripts/check.sh

check-long:
	DRONEFENCE_LONG=1 scripts/check.sh

check-kernels:
	scripts/check-kernels.sh $(TESTS)

check-debug:
	scripts/vm-test.sh -s $(DEBUG) $(TESTS)

check-system:
	scripts/vm-test.sh -d tests/system $(TESTS)

check-fleet:
	scripts/check-fleet.sh

demo:
	scripts/demo.sh

bench:
	scripts/bench.sh

bench-check:
	scripts/bench.sh --check

ways-out:
	scripts/ways-out.sh $(SERIES)

ways-system:
	scripts/ways-system.sh $(SERIES)

vm-shell:
	scripts/build-userspace.sh
	scripts/build-module.sh $(SERIES)
	scripts/vm.sh --shell $(SERIES)

help:
	@echo 'all         user space and module (default)'
	@echo 'userspace   library, dronefence and dronefenced, in userspace/build'
	@echo 'module      dronefence.ko for KDIR, now: $(or $(KDIR),no headers found)'
	@echo 'man         manual pages (python3-docutils), in userspace/build/man'
	@echo 'install     both; DESTDIR= and PREFIX= (user space) are honoured'
	@echo 'clean       remove everything built'
	@echo
	@echo 'These install what they need by apt, and fetch kernels into the cache:'
	@echo 'deb         packages for Debian, in build/deb'
	@echo 'geodata-deb a package of a current database of libloc, GEO=FILE, in build/geodata'
	@echo 'test        unit tests of user space and of the pure core'
	@echo 'lint        style and static checks, no remark allowed'
	@echo 'check       lint, unit tests, and kernel tests in virtual machines'
	@echo 'check-long  the same with the long variants of the tests'
	@echo 'check-kernels the module and kernel tests on each series, and on the newest kernel'
	@echo '            of Debian; TESTS="race flow"'
	@echo 'check-debug kernel tests on a kernel that checks itself; TESTS="race flow"'
	@echo '            DEBUG=$(DEBUG), or kasan, or kcsan'
	@echo 'check-system what takes a whole Debian with systemd; TESTS="companion"'
	@echo 'check-fleet the role for Ansible, on two machines at once'
	@echo 'demo        the story in a virtual machine, with real addresses'
	@echo 'bench       what a packet costs, beside what people use today'
	@echo 'bench-check instructions for each packet against the baseline'
	@echo 'ways-out    every way out, tried behind the fence, behind nft, behind nothing'
	@echo 'ways-system those that take a whole Debian, confined and not'
	@echo 'vm-shell    a shell in a virtual machine; SERIES=$(SERIES)'
	@echo
	@echo 'WERROR=1 makes warnings errors.'

.PHONY: all userspace module headers man install clean deb geodata-deb test lint check check-long \
	check-kernels check-debug check-system check-fleet demo bench bench-check ways-out ways-system \
	vm-shell help
