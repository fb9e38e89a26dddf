#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# completions/: how a line is taken apart and what is put into it, in real shells, with a program
# that says what it is told to say. What qmpbox itself says is completion.bats.

load helpers
load ptyshell

setup() {
	qmpbox_setup
	mkdir "$T/bin"
	cat >"$T/bin/qmpbox" <<-'END'
		#!/bin/bash
		# Says the lines of the file canned whose word begins with the last argument.
		here=${0%/*/*}
		printf '%s\n' "${*@Q}" >>"$here/calls"
		echo "this must not be seen" >&2
		awk -F '\t' 'index($2, ENVIRON["word"]) == 1' "$here/canned"
	END
	sed -i "s|^awk|word=\${*: -1} awk|" "$T/bin/qmpbox"
	chmod +x "$T/bin/qmpbox"
	ln -s qmpbox "$T/bin/qmp-status"
	printf '#!/bin/sh\necho other >>%q\n' "$T/calls" >"$T/bin/qmp-shell"
	chmod +x "$T/bin/qmp-shell"
	PATH=$T/bin:$PATH
	# bash-completion loads by names.
	mkdir -p "$T/share/bash-completion/completions"
	ln -s "$top_srcdir/completions/qmpbox.bash" "$T/share/bash-completion/completions/qmpbox"
	ln -s "$top_srcdir/completions/qmpbox.bash" "$T/share/bash-completion/completions/qmp-status"
	export XDG_DATA_DIRS=$T/share:/usr/share
	printf '%b\n' 'w\tstatus\tthe run state' 'w\tstop\tpause the VM' 'p\tbus=\ta bus' \
		'w\tdriver=virtio-net-pci\ta NIC' 'w\tdriver=virtio-net-ccw' 'p\tunix:/run/' 'w\ttcp:[::1]:1' \
		'w\ttcp:h:2' 'w\tmy file\twith a space' 'w\tmy fish\twith another' 'p\tmy dir/' \
		"w\tqu'o te\"x\$y\\\\z!" 'w\té'\''à' 'w\tnü\tumlaut' 'w\t/machine/unattached/device[3]' \
		'w\tz=b\ta letter' 'w\tz=a' 'w\tz=c\tanother one' 'w\t#block12' 'w\t{a,b}' 'w\tp|q&r;s(t)<u>*?`' \
		'w\tk=~x' 'w\tfd:3' 'p\t--name=' "w\t$T/home/x1" 'p\tfile.' >"$T/canned"
}
teardown() { qmpbox_teardown; }

# words_of LINE: the words that the program was asked with, quoted.
words_of() {
	rm -f "$T/calls"
	shell_type "$1" "${@:2}" || return 1
	said=$(head -n 1 "$T/calls" 2>/dev/null) || said=''
}

mechanics() {
	shell_start "$1"
	shell_table <<-'END'
		all  | qmpbox sta                   | qmpbox status_                  | -
		all  | qmpbox st                    | =                               | status stop
		all  | qmpbox nothing               | =                               | -
		all  | qmpbox one two three st      | =                               | status stop
		all  | qmpbox b                     | qmpbox bus=                     | -
		all  | qmpbox un                    | qmpbox unix:/run/               | -
		all  | qmpbox unix:/r               | qmpbox unix:/run/               | -
		all  | qmpbox file                  | qmpbox file.                    | -
		all  | qmpbox --n                   | qmpbox --name=                  | -
		all  | qmpbox -s f                  | =                               | fd:3 file.
		all  | qmpbox -s fd                 | qmpbox -s fd:3_                 | -
		all  | qmpbox -s fd:                | qmpbox -s fd:3_                 | -
		all  | qmpbox dr                    | qmpbox driver=virtio-net-       | driver=virtio-net-pci driver=virtio-net-ccw
		all  | qmpbox driver=               | qmpbox driver=virtio-net-       | driver=virtio-net-pci driver=virtio-net-ccw
		all  | qmpbox driver=virtio-net-p   | qmpbox driver=virtio-net-pci_   | -
		all  | qmpbox "driver=virtio-net-p  | qmpbox "driver=virtio-net-pci"_ | -
		all  | qmpbox z                     | qmpbox z=                       | z=b z=a z=c
		all  | qmpbox tcp:h                 | qmpbox tcp:h:2_                 | -
		all  | qmpbox my                    | qmpbox my\_                   | my·file my·fish my·dir/
		all  | qmpbox my\ fil               | qmpbox my\ file_                | -
		all  | qmpbox "my fil               | qmpbox "my file"_               | -
		all  | qmpbox 'my fil               | qmpbox 'my file'_               | -
		all  | qmpbox my\ d                 | qmpbox my\ dir/                 | -
		all  | qmpbox "my d                 | qmpbox "my dir/                 | -
		all  | qmpbox 'my d                 | qmpbox 'my dir/                 | -
		all  | qmpbox é                     | qmpbox é\'à_                    | -
		all  | qmpbox nü                    | qmpbox nü_                      | -
		all  | qmpbox n                     | qmpbox nü_                      | -
		all  | qmpbox /mach                 | qmpbox /machine/unattached/device\[3\]_ | -
		all  | qmpbox ~/x                   | qmpbox ~/x1_                    | -
		bash zsh | qmpbox qu                | qmpbox qu\'o\ te\"x\$y\\z\!_    | -
		fish | qmpbox qu                    | qmpbox qu\'o\ te\"x\$y\\z!_     | -
		bash fish | qmpbox "qu              | qmpbox "qu'o te\"x\$y\\z!"_     | -
		bash zsh | qmpbox 'qu               | qmpbox 'qu'\''o te"x$y\z!'_     | -
		fish | qmpbox 'qu                   | qmpbox 'qu\'o te"x$y\\z!'_      | -
		bash zsh | qmpbox $'qu              | qmpbox $'qu\'o te"x$y\\z!'_     | -
		all  | qmpbox '#                    | qmpbox '#block12'_              | -
		all  | qmpbox '{                    | qmpbox '{a,b}'_                 | -
		bash | qmpbox p                     | qmpbox p\|q\&r\;s\(t\)\<u\>\*\?\`_ | -
		zsh  | qmpbox p                     | qmpbox p\|q\&r\;s\(t\)\<u\>\*\?\`_ | -
		fish | qmpbox p                     | qmpbox p\|q\&r\;s\(t\)\<u\>\*\?`_ | -
		bash fish | qmpbox driver="virtio-net-p  | qmpbox driver="virtio-net-pci"_ | -
		zsh  | qmpbox driver="virtio-net-p  | qmpbox driver=virtio-net-pci_   | -
		bash fish | qmpbox driver='virtio-net-p  | qmpbox driver='virtio-net-pci'_ | -
		all  | X=1 qmpbox sta               | X=1 qmpbox status_              | -
		all  | true && qmpbox sta           | true && qmpbox status_          | -
		all  | true; qmpbox sta             | true; qmpbox status_            | -
		all  | @T@/bin/qmpbox sta           | @T@/bin/qmpbox status_           | -
		all  | ../bin/qmpbox sta            | ../bin/qmpbox status_           | -
		all  | qmp-status sto               | qmp-status stop_                | -
		all  | ../bin/qmp-status sto        | ../bin/qmp-status stop_         | -
	END
}

@test "lines in bash with bash-completion" { mechanics bash; }
@test "lines in bash without bash-completion" { mechanics plainbash; }
@test "lines in zsh" { mechanics zsh; }
@test "lines in fish" { mechanics fish; }
