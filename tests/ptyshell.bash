# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shells in pseudo-terminals, for the tests of completion. tmux is the terminal. Nothing here waits
# for a time: a shell that is told to hand over its line stops there until it is let go, and the
# screen is looked at once the terminal has come to the title that the shell set last.
#
#   shell_start KIND   bash (with bash-completion), plainbash, zsh, fish or prompt; it has PATH and
#                      the environment of the test, and begins in $T/home, which is its HOME
#   shell_type LINE [KEY...]
#                      types LINE (and KEYs, by tmux's names) into an empty line, and TAB: sets LINE
#                      to what the shell then holds
#   shell_list         types it again, with as many TABs as it takes: sets LISTED and MEANT to the
#                      candidates that the shell shows and their meanings
#   shell_table        many lines, each with what is to become of it
#   shell_stop         ends it, as the end of the test does
#
# The shells find completions/ by their own means in PTY_SHARE, into which pty_install installs it; it
# is called by setup_file.
#
# A prompt is what PTY_COMMAND runs, a program with Readline whose prompts end in PTY_PROMPT; it is
# known to have come so far when it shows what is typed behind the TABs. PTY_WITHOUT is what a table's
# lines begin with elsewhere and not there; it has no other rows.
#
# shellcheck disable=SC2154,SC2034 # helpers.bash sets them, tests use them

PTY_WIDTH=${PTY_WIDTH:-150} PTY_HEIGHT=${PTY_HEIGHT:-100}
PTY_PROMPT='> ' PTY_END=@@@ PTY_WITHOUT=''

# pty ARG...: a command of tmux.
pty() { timeout 20 tmux -S "$T/tmux" "$@" 3>&-; }

pty_install() {
	export PTY_SHARE=$BATS_FILE_TMPDIR/share
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" install-data \
		DESTDIR="$BATS_FILE_TMPDIR" mandir=/man bashcompletiondir=/share/bash-completion/completions \
		zshcompletiondir=/share/zsh/site-functions fishcompletiondir=/share/fish/vendor_completions.d \
		>"$BATS_FILE_TMPDIR/install.log" 2>&1 3>&- || {
		cat "$BATS_FILE_TMPDIR/install.log"
		return 1
	}
}

# What makes bash hand over its line: sourced by it.
pty_bashrc() {
	cat <<-'END'
		PS1='> ' HISTFILE=
		meet() {
			printf '\e]2;%s\a' "$((++met))" >/dev/tty
			printf '%s\0' "$met $READLINE_LINE" >"$PTY_LINES"
			read -r <"$PTY_GO"
			printf '\e[H\e[2J\e[3J' >/dev/tty
			READLINE_LINE='' READLINE_POINT=0
		}
		bind 'set bell-style none'
		bind 'set page-completions off'
		bind 'set completion-query-items 0'
		bind -x '"\C-x\C-y": meet'
	END
	if [[ $1 == bash ]]; then
		echo '. /usr/share/bash-completion/bash_completion'
	else
		echo '. "$PTY_SHARE/bash-completion/completions/qmpbox"'
	fi
	echo 'printf "%s\0" "0 ready" >"$PTY_LINES"'
}

# zsh shows a list only when no key waits, and takes it away at the next one: so it hands over its
# line by itself, once it has shown what a TAB has brought (a descriptor that is ready is looked at
# after that).
pty_zshrc() {
	cat <<-'END'
		PS1='> ' HISTFILE= LISTMAX=100000
		unsetopt auto_menu # the second TAB lists once more
		unsetopt beep
		fpath=("$PTY_SHARE/zsh/site-functions" $fpath)
		autoload -Uz compinit
		compinit -D -u
		exec {meet}<>"$PTY_MEET"
		zle-line-pre-redraw() {
			[[ $LASTWIDGET == expand-or-complete && $met -eq $asked ]] || return
			((++asked))
			LINE=$BUFFER
			print -u $meet
		}
		shown() {
			read -r -u $meet
			printf '\e]2;%s\a' "$((++met))" >/dev/tty
			printf '%s\0' "$met $LINE" >"$PTY_LINES"
		}
		wipe() {
			BUFFER=''
			zle .clear-screen
		}
		met=0 asked=0
		zle -N zle-line-pre-redraw
		zle -N wipe
		zle -F $meet shown
		bindkey '^X^Y' wipe
		printf '%s\0' '0 ready' >"$PTY_LINES"
	END
}

pty_fishrc() {
	cat <<-'END'
		set -g fish_greeting
		set -g met 0
		function fish_prompt; echo '> '; end
		function fish_title; end
		set -g fish_autosuggestion_enabled 0
		function meet
			set -g met (math $met + 1)
			printf '\e]2;%s\a' $met >/dev/tty
			printf '%s\0' "$met "(commandline | string collect) >$PTY_LINES
			read -l go <$PTY_GO
			commandline ''
			printf '\e[H\e[2J\e[3J' >/dev/tty
			commandline -f repaint
		end
		bind \cx\cy meet
		set -g fish_complete_path $PTY_SHARE/fish/vendor_completions.d
		printf '%s\0' '0 ready' >$PTY_LINES
	END
}

shell_start() {
	KIND=$1
	requires tmux
	PTY_LINES=$T/pty.lines PTY_GO=$T/pty.go PTY_MEET=$T/pty.meet
	export PTY_LINES PTY_GO PTY_MEET INPUTRC=/dev/null XDG_DATA_DIRS=$PTY_SHARE:/usr/share
	unset TMUX # this may run in somebody's
	mkdir -p "$T/home"
	mkfifo "$PTY_LINES" "$PTY_GO" "$PTY_MEET"
	# Both ends, so that nobody waits at an open.
	exec {PTY_LINES_FD}<>"$PTY_LINES" {PTY_GO_FD}<>"$PTY_GO"
	spawn "$T/tmux.out" "$T/tmux.err" tmux -D -S "$T/tmux" -f /dev/null
	wait_for 10 test -S "$T/tmux"
	case $KIND in
	bash | plainbash)
		pty_bashrc "$KIND" >"$T/rc"
		set -- bash --noprofile --rcfile "$T/rc" -i
		;;
	zsh)
		requires zsh
		pty_zshrc >"$T/rc"
		set -- zsh -f -i
		;;
	fish)
		requires fish
		pty_fishrc >"$T/rc"
		set -- fish --no-config -i -C "source $T/rc"
		;;
	prompt) set -- "${PTY_COMMAND[@]}" ;;
	esac
	pty start-server \; set -g status off \; set -sg escape-time 0 \; set -g remain-on-exit on \; \
		new-session -d -x "$PTY_WIDTH" -y "$PTY_HEIGHT" -c "$T/home" -- \
		env HOME="$T/home" TERM=screen "$@"
	if [[ $KIND == zsh ]]; then
		pty send-keys -l -- ". $T/rc" \; send-keys Enter
	fi
	if [[ $KIND == prompt ]]; then
		pty_prompt ''
		return
	fi
	pty_line
}

# pty_line: sets MET and LINE to what the shell hands over.
pty_line() {
	if ! IFS= read -r -d '' -t 20 -u "$PTY_LINES_FD" LINE; then
		pty capture-pane -p | sed '/^$/d'
		fail "$KIND does not hand over its line"
		return 1
	fi
	MET=${LINE%% *}
	LINE=${LINE#* }
}

# pty_look: sets SCREEN, once the terminal has got what the shell had written before it met us.
pty_look() {
	local end=$((SECONDS + 20))
	until
		SCREEN=$(pty display-message -p '#{pane_title}' \; capture-pane -p -J)$'\n'
		[[ ${SCREEN%%$'\n'*} == "$MET" ]]
	do
		if ((SECONDS > end)); then
			fail "the terminal does not come to $MET: $SCREEN"
			return 1
		fi
	done
	SCREEN=${SCREEN#*$'\n'}
}

# pty_type TABS [look]: types TYPED, KEYS and as many TABs; sets LINE and, when it is told to look,
# SCREEN. The line and the screen are empty before that.
pty_type() {
	local i typed=$TYPED line tabs=()
	for ((i = 0; i < $1; i++)); do tabs+=(Tab); done
	if [[ $typed == *\; ]]; then typed=${typed%;}\\\;; fi # tmux's own
	case $KIND in
	zsh)
		pty send-keys C-x C-y \; send-keys -l -- "$typed" \; send-keys -- "${KEYS[@]}" Tab
		pty_line || return 1
		for i in "${tabs[@]:1}"; do
			pty send-keys "$i"
			pty_line || return 1
		done
		if [[ ${2-} ]]; then pty_look; fi
		;;
	prompt)
		pty send-keys -l -- "$typed" \; send-keys -- "${KEYS[@]}" "${tabs[@]}" \; send-keys -l -- "$PTY_END"
		pty_prompt "$PTY_END" || return 1
		line=${LINE%"$PTY_END"}
		i=$SCREEN
		pty send-keys C-e C-u C-l
		pty_prompt '' || return 1
		LINE=$line SCREEN=$i
		;;
	*)
		pty send-keys -l -- "$typed" \; send-keys -- "${KEYS[@]}" "${tabs[@]}" C-x C-y
		pty_line || return 1
		if [[ ${2-} ]]; then pty_look || return 1; fi
		echo go >&"$PTY_GO_FD"
		;;
	esac
}

# pty_prompt END: waits until the last line on the screen is the prompt's and ends in END, or if that
# is empty nothing but the prompt; sets LINE to it, without the prompt, and SCREEN.
pty_prompt() {
	local end=$((SECONDS + 20)) prompt
	while :; do
		SCREEN=$(pty display-message -p '#{cursor_x}' \; capture-pane -p -J)
		LINE=${SCREEN##*$'\n'}
		prompt="${LINE%"${LINE##*[! ]}"} "
		if [[ $1 && $LINE == *"$PTY_PROMPT"*"$1" ]] || [[ ! $1 && $prompt == *"$PTY_PROMPT" &&
			$prompt != *"$PTY_PROMPT"?* && ${SCREEN%%$'\n'*} == "${#prompt}" ]]; then
			break
		fi
		if ((SECONDS > end)); then
			fail "the prompt does not show its line: $SCREEN"
			return 1
		fi
	done
	SCREEN=${SCREEN#*$'\n'}
	LINE=${LINE#*"$PTY_PROMPT"}
}

shell_type() {
	TYPED=$1
	shift
	KEYS=("$@")
	pty_type 1
}

shell_list() {
	local line=$LINE
	# Where TAB has put in what all have in common, zsh lists at the next one, and Readline, which
	# begins anew then, at the one after that.
	case $KIND in
	fish) pty_type 1 look ;;
	zsh) if [[ $LINE != "$TYPED" ]]; then pty_type 2 look; else pty_look; fi ;;
	*) if [[ $LINE != "$TYPED" ]]; then pty_type 3 look; else pty_type 2 look; fi ;;
	esac || return 1
	LINE=$line
	pty_listed
}

# shell_is_listed WORD: is what is listed next the WORD, or as much of it as this shell shows?
shell_is_listed() {
	case $KIND in
	zsh) [[ $1 == "$listed" ]] ;;
	*) [[ $1 == *"${listed#…}" && ${listed#…} ]] ;;
	esac
}

# shell_row LINE AFTER WORDS: one row of a table, see shell_table; says what is not as expected.
shell_row() {
	local typed=$1 after=$2 words=() listed i=0
	if [[ $after == '=' ]]; then after=$typed; fi
	if [[ $after == *_ ]]; then after="${after%_} "; fi
	shell_type "$typed" || return 1
	if [[ $LINE != "$after" ]]; then
		echo "$KIND: '$typed' became '$LINE', not '$after'"
		return 1
	fi
	if [[ $3 == - && $after != "$typed" ]]; then return 0; fi
	shell_list || return 1
	if [[ $3 != - ]]; then read -ra words <<<"$3"; fi
	for listed in "${LISTED[@]}"; do
		if [[ ${words[i]-} == ... ]]; then return 0; fi
		shell_is_listed "${words[i]//·/ }" || break
		((++i))
	done
	if [[ ${words[i]-} == ... ]]; then return 0; fi
	if ! ((i == ${#LISTED[@]} && i == ${#words[@]})); then
		echo "$KIND: '$typed' listed '${LISTED[*]}', not '${words[*]}'"
		return 1
	fi
}

# shell_table: runs the rows on stdin in the shell of this KIND, and fails when one of them does.
# A row is KINDS | LINE | AFTER | WORDS: KINDS are all, or those that it is about; LINE is what is typed,
# with a _ for a last word that is empty; AFTER is the line
# after TAB, = the same, a _ at its end a space; WORDS are what is then listed, with · for a space in
# one, ... for any more, and - for none, or when the line has changed, for what nobody asks. @T@ is
# $T.
shell_table() {
	local row kinds typed after words failures=0 rows=0
	while IFS= read -r row; do
		IFS=$'\x1f' read -r kinds typed after words <<<"${row//@T@/$T}"
		case " $kinds " in
		*' all '* | *" $KIND "* | *" ${KIND#plain} "*) ;;
		*) continue ;;
		esac
		if [[ $typed == *' _' ]]; then typed=${typed%_}; fi
		if [[ $KIND == prompt ]]; then
			if [[ $typed != "$PTY_WITHOUT"* ]]; then continue; fi
			typed=${typed#"$PTY_WITHOUT"} after=${after#"$PTY_WITHOUT"}
		fi
		((++rows))
		shell_row "$typed" "$after" "$words" || ((++failures))
	done < <(sed -E '/ \| /!d; s/ +\| +/\x1f/g; s/ +$//')
	((rows)) || fail "there is no row for $KIND"
	((!failures)) || fail "$failures of $rows rows failed in $KIND"
}

# pty_listed: SCREEN into LISTED and MEANT: column by column.
pty_listed() {
	local row cell cells column rows=() words=() meanings=()
	LISTED=() MEANT=()
	# Cells are two spaces or more apart.
	mapfile -t rows < <(sed -E "/^[^>]*$PTY_PROMPT/d; /^ *\$/d; s/ +\$//; s/   */\x1f/g" <<<"$SCREEN ")
	for row in "${!rows[@]}"; do
		IFS=$'\x1f' read -ra cells <<<"${rows[row]}"
		column=-1
		for cell in "${cells[@]}"; do
			case $cell in
			'-- '*) meanings[column * 1000 + row]=${cell#-- } ;;
			'('*) meanings[column * 1000 + row]=${cell:1:-1} ;;
			*)
				# A prompt has meanings behind words that are one a line.
				if [[ $KIND == prompt && $column == 0 && ${#rows[@]} -gt 1 ]]; then
					meanings[row]=$cell
					continue
				fi
				words[++column * 1000 + row]=$cell
				;;
			esac
		done
	done
	for cell in "${!words[@]}"; do
		LISTED+=("${words[cell]}")
		MEANT+=("${meanings[cell]-}")
	done
}

# shell_stop: ends it, and the terminal.
shell_stop() {
	exec {PTY_LINES_FD}>&- {PTY_GO_FD}>&-
	pty kill-server || :
	rm -f "$PTY_LINES" "$PTY_GO" "$PTY_MEET"
}
