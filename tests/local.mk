# SPDX-License-Identifier: GPL-2.0-or-later
TEST_EXTENSIONS = .bats
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(BATS)
AM_BATS_LOG_FLAGS = --tap
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	QMPBOX='$(abs_top_builddir)/qmpbox' FAKEQMP='$(abs_top_builddir)/%D%/fakeqmp' \
	QMPPROXY='$(abs_top_builddir)/%D%/qmpproxy' RELAY='$(abs_top_builddir)/%D%/relay' \
	BATS_LIB_PATH="$${BATS_LIB_PATH:-/usr/lib/bats}"; \
	export top_srcdir top_builddir QMPBOX FAKEQMP QMPPROXY RELAY BATS_LIB_PATH;

check_PROGRAMS += %D%/fakeqmp
%C%_fakeqmp_SOURCES = %D%/fakeqmp.c
check_PROGRAMS += %D%/qmpproxy
%C%_qmpproxy_SOURCES = %D%/qmpproxy.c
%C%_qmpproxy_LDADD = tests/libqmpbox.a $(LDADD)

check_PROGRAMS += %D%/relay
%C%_relay_SOURCES = %D%/relay.c
%C%_relay_LDADD =

check_PROGRAMS += %D%/live
%C%_live_SOURCES = %D%/live.c
%C%_live_LDADD = tests/libqmpbox.a $(LDADD)

include $(srcdir)/%D%/unit/local.mk

bats_tests = \
	%D%/block.bats \
	%D%/cli.bats \
	%D%/compare.bats \
	%D%/complete.bats \
	%D%/completion.bats \
	%D%/disk.bats \
	%D%/events.bats \
	%D%/examples.bats \
	%D%/exec.bats \
	%D%/guest.bats \
	%D%/guestjobs.bats \
	%D%/help.bats \
	%D%/inspect.bats \
	%D%/jobs.bats \
	%D%/jobwait.bats \
	%D%/leftovers.bats \
	%D%/live.bats \
	%D%/ls.bats \
	%D%/migrate.bats \
	%D%/migratefail.bats \
	%D%/migratelost.bats \
	%D%/migrateopt.bats \
	%D%/migrateset.bats \
	%D%/nic.bats \
	%D%/output.bats \
	%D%/progress.bats \
	%D%/prompt.bats \
	%D%/qga.bats \
	%D%/qmpproxy.bats \
	%D%/qsd.bats \
	%D%/quiesce.bats \
	%D%/repl.bats \
	%D%/ringbuf.bats \
	%D%/schema.bats \
	%D%/schemas.bats \
	%D%/session.bats \
	%D%/several.bats \
	%D%/shells.bats \
	%D%/snapshot.bats \
	%D%/spawn.bats \
	%D%/state.bats \
	%D%/strange.bats \
	%D%/table-block.bats \
	%D%/table-device.bats \
	%D%/table-disk.bats \
	%D%/undo.bats \
	%D%/unplug.bats \
	%D%/valgrind.bats
TESTS += $(bats_tests)

print-tests:
	@echo $(TESTS)

# What QEMUs said about themselves, see schemas/record.
schemas = \
	%D%/schemas/5.2.devices.json.xz \
	%D%/schemas/5.2.greeting.json \
	%D%/schemas/5.2.objects.json.xz \
	%D%/schemas/5.2.schema.json.xz \
	%D%/schemas/7.2.devices.json.xz \
	%D%/schemas/7.2.greeting.json \
	%D%/schemas/7.2.objects.json.xz \
	%D%/schemas/7.2.schema.json.xz \
	%D%/schemas/10.0.devices.json.xz \
	%D%/schemas/10.0.greeting.json \
	%D%/schemas/10.0.objects.json.xz \
	%D%/schemas/10.0.schema.json.xz \
	%D%/schemas/11.1.devices.json.xz \
	%D%/schemas/11.1.greeting.json \
	%D%/schemas/11.1.objects.json.xz \
	%D%/schemas/11.1.schema.json.xz \
	%D%/schemas/qsd-7.2.greeting.json \
	%D%/schemas/qsd-7.2.schema.json.xz

EXTRA_DIST += $(schemas) %D%/schemas/known %D%/schemas/record
EXTRA_DIST += $(bats_tests) %D%/helpers.bash %D%/images.bash %D%/pair.bash %D%/ptyshell.bash %D%/counter.s %D%/undotable.bash %D%/guest %D%/demo
# A sub-make hands TESTS on as it was given: the program and the scripted server must be there.
check-am: qmpbox
