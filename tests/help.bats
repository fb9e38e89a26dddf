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
	for page in "$top_srcdir"/man/qmpbox-*.7; do
		name=${page##*/qmpbox-}
		"$QMPBOX" --man "${name%.7}" | diff "$page" -
		"$QMPBOX" --man "qmpbox-${name%.7}" | diff "$page" -
	done
}

@test "there is no manual page without a subcommand, and each is installed" {
	for page in "$top_srcdir"/man/qmpbox-*.1; do
		name=${page##*/qmpbox-}
		"$QMPBOX" --list | grep -qx "${name%.1}"
		grep -q "/${page##*/}" "$top_srcdir/man/local.mk"
	done
	for page in "$top_srcdir"/man/qmpbox-*.7; do
		grep -q "/${page##*/}" "$top_srcdir/man/local.mk"
	done
}

@test "every page that a page refers to is there" {
	sed -n 's/^\.Xr \(qmpbox[^ ]*\) \([0-9]\).*/\1.\2/p' "$top_srcdir"/man/*.[17] | tr -d '\\' |
		grep -v SUBCOMMAND | sort -u >"$T/pages"
	for page in address.7 json.7 words.7; do
		grep -qx "qmpbox-$page" "$T/pages" || fail "no page refers to qmpbox-$page"
	done
	while read -r page; do
		[[ -s $top_srcdir/man/$page ]] || fail "there is no $page"
	done <"$T/pages"
	run -2 --separate-stderr "$QMPBOX" --man nowhere
	assert_equal "$output|$stderr" "|qmpbox: there is no manual page for 'nowhere'"
}

@test "mandoc finds nothing to warn about" {
	requires mandoc
	run bash -c 'mandoc -Tlint -Wwarning "$1"/man/*.[17] | grep -v "referenced manual not found"' \
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
