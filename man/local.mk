# SPDX-License-Identifier: GPL-2.0-or-later
# Written by ./dev man from the declarations; tests/help.bats compares.
dist_man_MANS = \
	%D%/qmpbox-block-commit.1 \
	%D%/qmpbox-block-stream.1 \
	%D%/qmpbox-block_set_io_throttle.1 \
	%D%/qmpbox-blockdev-backup.1 \
	%D%/qmpbox-blockdev-mirror.1 \
	%D%/qmpbox-blockdev-snapshot.1 \
	%D%/qmpbox-check-device.1 \
	%D%/qmpbox-compare.1 \
	%D%/qmpbox-cpu-model.1 \
	%D%/qmpbox-cpus.1 \
	%D%/qmpbox-events.1 \
	%D%/qmpbox-exec.1 \
	%D%/qmpbox-hmp.1 \
	%D%/qmpbox-hotplug-device.1 \
	%D%/qmpbox-hotplug-disk.1 \
	%D%/qmpbox-hotplug-nic.1 \
	%D%/qmpbox-info.1 \
	%D%/qmpbox-job-wait.1 \
	%D%/qmpbox-leftovers.1 \
	%D%/qmpbox-machine.1 \
	%D%/qmpbox-memory.1 \
	%D%/qmpbox-migrate.1 \
	%D%/qmpbox-migrate-cancel.1 \
	%D%/qmpbox-migrate-incoming.1 \
	%D%/qmpbox-migrate-set.1 \
	%D%/qmpbox-pause.1 \
	%D%/qmpbox-qom-tree.1 \
	%D%/qmpbox-query-block.1 \
	%D%/qmpbox-query-blockstats.1 \
	%D%/qmpbox-query-migrate.1 \
	%D%/qmpbox-query-pci.1 \
	%D%/qmpbox-resume.1 \
	%D%/qmpbox-ringbuf-read.1 \
	%D%/qmpbox-schema.1 \
	%D%/qmpbox-status.1 \
	%D%/qmpbox-transaction.1 \
	%D%/qmpbox-unplug-device.1 \
	%D%/qmpbox-unplug-disk.1 \
	%D%/qmpbox-unplug-nic.1 \
	%D%/qmpbox-wait.1 \
	%D%/qmpbox.1 \
	%D%/qmpbox-address.7 \
	%D%/qmpbox-json.7 \
	%D%/qmpbox-words.7
