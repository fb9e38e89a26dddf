#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# --help, the manual pages and the declarations say the same.

load helpers
setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

@test "every manual page is the one that the declarations make" {
	"$QMPBOX" --man qmpbox | diff "$top_srcdir/man/qmpbox.1" -
	while read -r name; do
		"$QMPBOX" --man "$name" | diff "$top_srcdir/man/qmpbox-$name.1" -
	done < <("$QMPBOX" --list)
}

@test "there is no manual page without a subcommand, and each is installed" {
	for page in "$top_srcdir"/man/qmpbox-*.1; do
		name=${page##*/qmpbox-}
		"$QMPBOX" --list | grep -qx "${name%.1}"
		grep -q "/${page##*/}" "$top_srcdir/man/local.mk"
	done
}

@test "mandoc finds nothing to warn about" {
	requires mandoc
	run bash -c 'mandoc -Tlint -Wwarning "$1"/man/*.1 | grep -v "referenced manual not found"' \
		- "$top_srcdir"
	assert_output ""
}

@test "--help of every subcommand names all that its manual page names" {
	while read -r name; do
		"$QMPBOX" "$name" --help >"$T/help"
		grep -q "^Usage: qmpbox \[GLOBAL\]... $name" "$T/help"
		# the options of the page, in its own section
		sed -n '/^\.Ss Options/,/^\.S[hs] /p' "$top_srcdir/man/qmpbox-$name.1" |
			sed -n 's/^\.It .*Fl -\([a-z0-9\\-]*\).*/\1/p' | tr -d '\\' >"$T/options"
		while read -r option; do
			grep -q -- "--$option" "$T/help" || fail "$name --help lacks --$option"
		done <"$T/options"
	done < <("$QMPBOX" --list)
}

@test "every source in cmds/ is a subcommand of that name" {
	for source in "$top_srcdir"/cmds/*.c; do
		name=${source##*/}
		"$QMPBOX" --list | grep -qx "${name%.c}" || fail "cmds/$name makes no subcommand"
	done
}

@test "the README names every subcommand" {
	while read -r name; do
		grep -q -- "$name" "$top_srcdir/README.md" || fail "README.md lacks $name"
	done < <("$QMPBOX" --list)
}
