# SPDX-License-Identifier: GPL-2.0-or-later
# One file for each subcommand: adding one is adding its name here.
qmpbox_SOURCES += \
	%D%/block-commit.c \
	%D%/block-stream.c \
	%D%/block_set_io_throttle.c \
	%D%/blockdev-backup.c \
	%D%/blockdev-mirror.c \
	%D%/blockdev-snapshot.c \
	%D%/check-device.c \
	%D%/compare.c \
	%D%/complete.c \
	%D%/cpu-model.c \
	%D%/cpus.c \
	%D%/events.c \
	%D%/exec.c \
	%D%/hmp.c \
	%D%/hotplug-device.c \
	%D%/hotplug-disk.c \
	%D%/hotplug-nic.c \
	%D%/info.c \
	%D%/job-wait.c \
	%D%/leftovers.c \
	%D%/ls.c \
	%D%/machine.c \
	%D%/memory.c \
	%D%/migrate.c \
	%D%/migrate-cancel.c \
	%D%/migrate-incoming.c \
	%D%/migrate-set.c \
	%D%/pause.c \
	%D%/qom-tree.c \
	%D%/query-block.c \
	%D%/query-blockstats.c \
	%D%/query-migrate.c \
	%D%/query-pci.c \
	%D%/repl.c \
	%D%/resume.c \
	%D%/ringbuf-read.c \
	%D%/schema.c \
	%D%/spawn.c \
	%D%/status.c \
	%D%/transaction.c \
	%D%/unplug-device.c \
	%D%/unplug-disk.c \
	%D%/unplug-nic.c \
	%D%/wait.c
