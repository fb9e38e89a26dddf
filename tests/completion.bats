#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What TAB makes of a line: one table, which holds in bash, zsh, fish and at the prompt alike. A real
# QEMU is at the other end. How the shells are driven is in ptyshell.bash, the columns are those of shell_table;
# what is special to a shell is in shells.bats.

load helpers
load ptyshell

setup_file() { pty_install; }
setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# start_vm_of_table: disk d1 on node n1 on base, NICs' backends net0 (used) and net1 (free), port rp2
# free, a bitmap, an export and a job; the folder that the shell is in has files.
start_vm_of_table() {
	image "$T/base.qcow2" 1M qcow2
	image "$T/top.qcow2" 1M qcow2 -b base.qcow2 -F qcow2
	mkdir -p "$T/home/my dir" "$T/home/srv" "$T/bin"
	touch "$T/home/my file" "$T/home/it's" "$T/home/srv/x.img" "$T/home/disk.img"
	start_vm --paused -- \
		-blockdev "driver=qcow2,node-name=base,read-only=on,file.driver=file,file.node-name=base-file,file.filename=$T/base.qcow2" \
		-blockdev "driver=qcow2,node-name=n1,backing=base,file.driver=file,file.node-name=n1-file,file.filename=$T/top.qcow2" \
		-blockdev driver=null-co,node-name=target,size=1048576 \
		-blockdev driver=null-co,node-name=spare,size=1048576 \
		-device virtio-blk-pci,id=d1,drive=n1,bus=rp0 \
		-netdev hubport,id=net0,hubid=0 -device virtio-net-pci,id=nic0,netdev=net0,bus=rp1 \
		-netdev hubport,id=net1,hubid=1 -object iothread,id=io0 -object rng-builtin,id=rng0
	vm_ask block-dirty-bitmap-add '{"node": "n1", "name": "bitmap0"}'
	vm_ask nbd-server-start "{\"addr\": {\"type\": \"unix\", \"data\": {\"path\": \"$T/nbd\"}}}"
	vm_ask block-export-add '{"type": "nbd", "id": "export0", "node-name": "base"}'
	vm_ask blockdev-mirror '{"job-id": "copy1", "device": "spare", "target": "target", "sync": "full"}'
	ln -s "$QMPBOX" "$T/bin/qmpbox"
	"$QMPBOX" --install-links "$T/bin"
	PATH=$T/bin:$PATH
	export QMPBOX_SOCKET=$S
	"$QMPBOX" schema >"$T/schema" # is kept
}

table() {
	start_vm_of_table >/dev/null
	# shellcheck disable=SC2034 # for ptyshell
	PTY_COMMAND=("$QMPBOX" repl) PTY_WITHOUT='qmpbox '
	shell_start "$1"
	shell_table <<-'END'
		# Subcommands, ours before QEMU's.
		all | qmpbox sta                          | qmpbox status_                          | -
		all | qmpbox hotplug-                     | =                                       | hotplug-device hotplug-disk hotplug-nic
		all | qmpbox hotp                         | qmpbox hotplug-                         | hotplug-device hotplug-disk hotplug-nic
		all | qmpbox qom                          | qmpbox qom-                             | qom-tree qom-list qom-get qom-set ...
		all | qmpbox block_set_                   | qmpbox block_set_io_throttle_           | -
		all | qmpbox query-bl                     | qmpbox query-block                      | query-block query-blockstats query-block-jobs query-block-exports
		all | qmpbox cont                         | qmpbox cont_                            | -
		all | qmpbox sto                          | qmpbox stop_                            | -
		all | qmpbox stop --js                    | qmpbox stop --json_                     | -
		all | qmpbox system_res                   | qmpbox system_reset_                    | -
		all | qmpbox nothing-of-this              | =                                       | -
		# Options, before and after the subcommand, and what they take.
		all | qmpbox --js                         | qmpbox --json_                          | -
		all | qmpbox --json sta                   | qmpbox --json status_                   | -
		all | qmpbox --re                         | qmpbox --reply-timeout_                 | -
		all | qmpbox --col                        | qmpbox --color_                         | -
		all | qmpbox --color _                    | =                                       | auto always never
		all | qmpbox --color a                    | =                                       | auto always
		all | qmpbox --color=n                    | qmpbox --color=never_                   | -
		all | qmpbox --progress pl                | qmpbox --progress plain_                | -
		all | qmpbox status --js                  | qmpbox status --json_                   | -
		all | qmpbox -j status --js               | =                                       | -
		all | qmpbox migrate --pos                | qmpbox migrate --postcopy_              | -
		all | qmpbox migrate --pau                | qmpbox migrate --pause-at-switchover_   | -
		all | qmpbox job-wait --until r           | qmpbox job-wait --until ready_          | -
		all | qmpbox job-wait --until=            | =                                       | --until=ready --until=concluded
		all | qmpbox --log s                      | qmpbox --log srv/                       | -
		all | qmpbox -s @T@/vm1.q                 | qmpbox -s @T@/vm1.qmp                   | @T@/vm1.qmp @T@/vm1.qmp2
		all | qmpbox -s @T@/vm1.qmp blockdev-mirror devi | qmpbox -s @T@/vm1.qmp blockdev-mirror device= | -
		all | qmpbox -s @T@/nobody job-cancel id= | =                                       | -
		all | qmpbox -- sta                       | qmpbox -- status_                       | -
		all | qmpbox job-wait -- c                | qmpbox job-wait -- copy1_               | -
		all | qmpbox job-wait -- --unt            | =                                       | -
		all | qmpbox -qj status --js              | =                                       | -
		# Members: those that must be first, those that are there not again.
		all | qmpbox blockdev-mirror devi         | qmpbox blockdev-mirror device=          | -
		all | qmpbox blockdev-mirror device=n1 ta | qmpbox blockdev-mirror device=n1 target= | -
		all | qmpbox blockdev-mirror device=n1 target=spare _ | =                           | sync= job-id= ...
		all | qmpbox blockdev-mirror device=n1 devi | =                                     | -
		all | qmpbox block-commit device=n1 t     | qmpbox block-commit device=n1 top       | top-node= top=
		all | qmpbox block-commit device=n1 auto-f | qmpbox block-commit device=n1 auto-finalize= | -
		all | qmpbox balloon va                   | qmpbox balloon value=                   | -
		all | qmpbox exec block-commit devi       | qmpbox exec block-commit device=        | -
		# Values: of enumerations, booleans.
		all | qmpbox blockdev-mirror device=n1 sync=f | qmpbox blockdev-mirror device=n1 sync=full_ | -
		all | qmpbox blockdev-mirror device=n1 sync= | =                                    | sync=top sync=full sync=none sync=incremental sync=bitmap
		all | qmpbox block-commit auto-finalize=  | qmpbox block-commit auto-finalize=o     | -
		all | qmpbox block-commit auto-finalize=o | =                                       | auto-finalize=on auto-finalize=off
		all | qmpbox set-action reboot=s          | qmpbox set-action reboot=shutdown_      | -
		# What lives in the VM: nodes, bitmaps, jobs, exports, chardevs, netdevs, devices, disks.
		all | qmpbox block-commit n               | qmpbox block-commit n1                  | n1 n1-file
		all | qmpbox block-commit device=b        | qmpbox block-commit device=base         | device=base device=base-file
		all | qmpbox blockdev-mirror device=n1 target=sp | qmpbox blockdev-mirror device=n1 target=spare_ | -
		all | qmpbox block-dirty-bitmap-remove node=n1 name= | qmpbox block-dirty-bitmap-remove node=n1 name=bitmap0_ | -
		all | qmpbox job-wait c                   | qmpbox job-wait copy1_                  | -
		all | qmpbox job-cancel _                 | =                                       | copy1 id=
		all | qmpbox job-cancel id=               | qmpbox job-cancel id=copy1_             | -
		all | qmpbox wait --job c                 | qmpbox wait --job copy1_                | -
		all | qmpbox block-export-del e           | qmpbox block-export-del export0_        | -
		all | qmpbox ringbuf-read _               | qmpbox ringbuf-read ring0_              | -
		all | qmpbox chardev-remove id=r          | qmpbox chardev-remove id=ring0_         | -
		all | qmpbox netdev_del n                 | qmpbox netdev_del net1_                 | -
		all | qmpbox set_link name=nic            | qmpbox set_link name=nic0_              | -
		all | qmpbox unplug-nic _                 | qmpbox unplug-nic nic0_                 | -
		all | qmpbox unplug-disk _                | qmpbox unplug-disk d1_                  | -
		all | qmpbox unplug-device r              | qmpbox unplug-device rp                 | rp0 rp1 rp2
		all | qmpbox device_del id=d              | qmpbox device_del id=d1_                | -
		all | qmpbox wait --device-gone n         | qmpbox wait --device-gone nic0_         | -
		all | qmpbox wait --status pa             | qmpbox wait --status paused_            | -
		all | qmpbox query-pci --has r            | qmpbox query-pci --has rp               | rp0 rp1 rp2
		# QOM paths, part by part, and the properties there.
		all | qmpbox qom-tree /machine/per        | qmpbox qom-tree /machine/peripheral     | /machine/peripheral/ /machine/peripheral-anon/
		all | qmpbox qom-get /machine/per         | qmpbox qom-get /machine/peripheral      | /machine/peripheral/ /machine/peripheral-anon/
		all | qmpbox qom-get /machine/peripheral/d1 ser | qmpbox qom-get /machine/peripheral/d1 serial_ | -
		all | qmpbox qom-get path=/machine/peripheral/ni | qmpbox qom-get path=/machine/peripheral/nic0/ | -
		all | qmpbox qom-get path=/machine/peripheral/d1 property=ser | qmpbox qom-get path=/machine/peripheral/d1 property=serial_ | -
		all | qmpbox qom-set path=/objects/io0 property=poll-g | qmpbox qom-set path=/objects/io0 property=poll-grow_ | -
		# Drivers and their properties, free buses.
		all | qmpbox device_add virtio-net-p      | qmpbox device_add virtio-net-pci         | virtio-net-pci virtio-net-pci-non-transitional virtio-net-pci-transitional
		all | qmpbox device_add driver=virtio-net-pci net | qmpbox device_add driver=virtio-net-pci netdev= | -
		all | qmpbox device_add virtio-net-pci netdev= | qmpbox device_add virtio-net-pci netdev=net1_ | -
		all | qmpbox device_add virtio-net-pci bus= | qmpbox device_add virtio-net-pci bus=rp2_ | -
		all | qmpbox device_add virtio-net-pci mq= | qmpbox device_add virtio-net-pci mq=o  | -
		all | qmpbox device_add virtio-blk-pci iothread= | qmpbox device_add virtio-blk-pci iothread=io0_ | -
		all | qmpbox hotplug-device usb-tab       | qmpbox hotplug-device usb-tablet_       | -
		all | qmpbox check-device usb-tab         | qmpbox check-device usb-tablet_         | -
		all | qmpbox hotplug-disk d2 disk.img bus= | qmpbox hotplug-disk d2 disk.img bus=rp2_ | -
		all | qmpbox hotplug-disk d2 --format=qco | qmpbox hotplug-disk d2 --format=qcow    | --format=qcow2 --format=qcow
		all | qmpbox object-add qom-type=rng-r    | qmpbox object-add qom-type=rng-random_  | -
		all | qmpbox object-add qom-type=rng-random id=x fi | qmpbox object-add qom-type=rng-random id=x filename= | -
		all | qmpbox cpu-model Opteron_G5         | =                                       | Opteron_G5-v1 Opteron_G5
		# Members that depend on others.
		all | qmpbox blockdev-add driver=qcow2 file.d | =                                   | file.driver= file.discard= file.detect-zeroes=
		all | qmpbox blockdev-add driver=qcow2 file.driver=file file.f | qmpbox blockdev-add driver=qcow2 file.driver=file file.f | file.filename= file.force-share=
		all | qmpbox blockdev-add driver=qcow2 file.dri | qmpbox blockdev-add driver=qcow2 file.driver= | -
		all | qmpbox nbd-server-start addr.type=u | qmpbox nbd-server-start addr.type=unix_ | -
		all | qmpbox netdev_add type=us           | qmpbox netdev_add type=user_            | -
		# Migrations.
		all | qmpbox migrate-set postcopy-r       | qmpbox migrate-set postcopy-ram=        | -
		all | qmpbox migrate-set max-b            | qmpbox migrate-set max-bandwidth=       | -
		all | qmpbox migrate-set xbzrle=of        | qmpbox migrate-set xbzrle=off_          | -
		all | qmpbox migrate --set multifd-z      | =                                       | multifd-zlib-level= multifd-zstd-level=
		all | qmpbox migrate un                   | qmpbox migrate unix:                    | -
		all | qmpbox migrate unix:sr              | qmpbox migrate unix:srv/                | -
		all | qmpbox migrate tc                   | qmpbox migrate tcp:                     | -
		# Events and what they hold, schema, transactions, the human monitor.
		all | qmpbox events BLOCK_JOB_RE          | qmpbox events BLOCK_JOB_READY_          | -
		all | qmpbox events BLOCK_JOB_ERROR act   | qmpbox events BLOCK_JOB_ERROR action=   | -
		all | qmpbox wait --event JOB_            | qmpbox wait --event JOB_STATUS_CHANGE_  | -
		all | qmpbox schema BLOCK_JOB_C           | =                                       | BLOCK_JOB_COMPLETED BLOCK_JOB_CANCELLED
		all | qmpbox info --has query-named       | qmpbox info --has query-named-block-nodes_ | -
		all | qmpbox transaction block-dirty-bitmap-a | qmpbox transaction block-dirty-bitmap-add_ | -
		all | qmpbox transaction block-dirty-bitmap-add node=n1 name=b blockdev-b | qmpbox transaction block-dirty-bitmap-add node=n1 name=b blockdev-backup_ | -
		all | qmpbox hmp inf                      | qmpbox hmp info_                        | -
		# Files, with what the shells quote.
		all | qmpbox hotplug-disk d2 dis          | qmpbox hotplug-disk d2 disk.img_        | -
		all | qmpbox hotplug-disk d2 srv/         | qmpbox hotplug-disk d2 srv/x.img_       | -
		all | qmpbox hotplug-disk d2 my           | qmpbox hotplug-disk d2 my\_             | my·dir/ my·file
		all | qmpbox hotplug-disk d2 my\ f        | qmpbox hotplug-disk d2 my\ file_        | -
		bash zsh fish | qmpbox hotplug-disk d2 "my d | qmpbox hotplug-disk d2 "my dir/      | -
		prompt | qmpbox hotplug-disk d2 "my d     | qmpbox hotplug-disk d2 my\ dir/         | -
		all | qmpbox hotplug-disk d2 it           | qmpbox hotplug-disk d2 it\'s_           | -
		all | qmpbox blockdev-add driver=file filename=my\ f | qmpbox blockdev-add driver=file filename=my\ file_ | -
		bash fish | qmpbox blockdev-add driver=file filename="my f | qmpbox blockdev-add driver=file filename="my file"_ | -
		zsh | qmpbox blockdev-add driver=file filename="my f | qmpbox blockdev-add driver=file filename=my\ file_ | -
		# Links, and where the program is.
		all | qmp-status --js                     | qmp-status --json_                      | -
		all | qmp-job-wait c                      | qmp-job-wait copy1_                     | -
		all | ../bin/qmpbox sta                   | ../bin/qmpbox status_                   | -
		all | QMPBOX_SOCKET=@T@/none qmpbox sta   | QMPBOX_SOCKET=@T@/none qmpbox status_   | -
	END
}

@test "the table in bash with bash-completion" { table bash; }
@test "the table in bash without bash-completion" { table plainbash; }
@test "the table in zsh" { table zsh; }
@test "the table in fish" { table fish; }
@test "the table at the prompt" { table prompt; }
