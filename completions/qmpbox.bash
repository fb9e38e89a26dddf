# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of qmpbox for bash (4.4 or later), with bash-completion or sourced without it.
#
# `qmpbox complete` knows what may stand at the cursor. What is done here is to take the line apart
# as bash would, but without executing anything that was typed, and to put what comes back in the
# place of that part of the word which readline replaces: that begins behind the last of
# $COMP_WORDBREAKS, or behind a quote that is open. What was typed stays as it was typed.
#
# There is no time-out: the program bounds itself, and Ctrl-C ends it.

# Takes the line up to the cursor apart and sets the variables of _qmpbox: words, all before the
# last one, as the program would get them; word, the last one; quote, the one that is open; tail, as
# typed, what readline replaces; head, what stands before that in word; redirected, whether the last
# word is a file's name behind < or >.
_qmpbox_split() {
	local rest=$1 piece typed='' outer_head outer_tail
	local name variable='^\$([A-Za-z_][A-Za-z_0-9]*|\{[A-Za-z_][A-Za-z_0-9]*\})'
	local escape='^\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|.)'
	words=() word='' quote='' head='' tail='' redirected=''
	while [[ $rest ]]; do
		# First what stands for itself.
		case $quote in
		\') piece=${rest%%\'*} ;;
		\$\') piece=${rest%%[\\\']*} ;;
		\") piece=${rest%%[\\\"\$]*} ;;
		*) piece=${rest%%[$' \t\n\\\'"$<>']*} ;;
		esac
		if [[ $piece ]]; then
			tail+=$piece
			if [[ ! $quote && $piece == *["$COMP_WORDBREAKS"]* ]]; then
				tail=${piece##*["$COMP_WORDBREAKS"]}
				head=$word${piece:0:${#piece}-${#tail}}
			fi
			word+=$piece typed+=$piece rest=${rest:${#piece}}
			continue
		fi
		case $quote/$rest in
		\'/* | \$\'/\'* | \"/\"*) # a quote ends
			tail=$outer_tail$quote$tail${quote: -1} head=$outer_head quote='' rest=${rest:1}
			;;
		/[\'\"]* | /\$[\'\"]*) # one begins
			outer_head=$head outer_tail=$tail head=$word tail='' typed+=${rest:0:1}
			quote=${rest:0:1}
			if [[ $quote == \$ ]]; then quote=${rest:0:2}; fi
			rest=${rest:${#quote}}
			if [[ $quote == \$\" ]]; then quote=\" outer_tail+=\$; fi
			;;
		/[$' \t\n']*) # a word ends
			if [[ $typed && ! $redirected ]]; then words+=("$word"); fi
			if [[ $typed ]]; then redirected=''; fi
			word='' head='' tail='' typed='' rest=${rest:1}
			;;
		/[\<\>]*)
			if [[ $typed && ! $redirected && ! $typed =~ ^([0-9]+|&)$ ]]; then words+=("$word"); fi
			word='' head='' tail='' typed='' redirected=1 rest=${rest#"${rest%%[!<>&|]*}"}
			;;
		*/\\) rest='' ;; # nothing stands behind it yet
		\$\'/*)
			if [[ $rest =~ $escape ]]; then piece=${BASH_REMATCH[0]}; fi
			tail+=$piece rest=${rest:${#piece}}
			case $piece in
			\\[\'\"]) word+=${piece:1} ;;
			*) printf -v piece %b "$piece" && word+=$piece ;;
			esac
			;;
		*/\\*)
			piece=${rest:0:2}
			tail+=$piece typed+=$piece rest=${rest:2}
			case $quote$piece in
			*\\$'\n') ;;
			\\* | \"\\[\\\"\$\`]) word+=${piece:1} ;;
			*) word+=$piece ;;
			esac
			;;
		*) # a variable; what would be executed stands for itself
			piece=\$
			if [[ $rest =~ $variable ]]; then
				piece=${BASH_REMATCH[0]} name=${BASH_REMATCH[1]//[\{\}]/}
				word+=${!name-}
			else
				word+=$piece
			fi
			tail+=$piece typed+=$piece rest=${rest:${#piece}}
			;;
		esac
	done
}

# Sets program: what is to be asked. The word that links such as qmp-status stand for is put in
# front of the others; fails for other programs of such names.
_qmpbox_program() {
	program=${words[0]}
	words=("${words[@]:1}")
	if [[ $program == \~/* ]]; then program=$HOME${program:1}; fi
	program=$(type -P -- "$program") || program=''
	if [[ ${program##*/} == qmp-* ]]; then
		words=("${program##*/qmp-}" "${words[@]}")
		program=$(readlink -f -- "$program")
		[[ ${program##*/} != qmp-* ]]
	fi
}

# Sets quoted: a text as it goes on behind what is typed.
_qmpbox_quote() {
	local i char special=$' \t"\'\\$`&|;()<>*?[]{}!'
	quoted=$1
	case $quote in
	\')
		quoted=${quoted//\'/"'\''"}
		return
		;;
	\") special='"\$`' ;;
	\$\') special="\\'" ;;
	*) if [[ ! $word ]]; then special+='#~'; fi ;;
	esac
	if [[ $1 != *["$special"]* ]]; then return; fi
	quoted=''
	for ((i = 0; i < ${#1}; i++)); do
		char=${1:i:1}
		if [[ $char == ["$special"] ]]; then char=\\$char; fi
		quoted+=$char
	done
}

_qmpbox() {
	local words word quote head tail redirected program line lines quoted part=''
	COMPREPLY=()
	_qmpbox_split "${COMP_LINE:0:COMP_POINT}"
	if [[ $redirected ]] || ! _qmpbox_program 2>/dev/null; then
		compopt -o default # files
		return
	fi
	[[ $program ]] || return
	if [[ $word == \~/* && $tail == \~/* ]]; then word=$HOME${word:1}; fi
	mapfile -t lines < <("$program" complete -- "${words[@]}" "$word" 2>/dev/null </dev/null)
	for line in "${lines[@]}"; do
		if [[ $line != [pw]$'\t'?* ]]; then continue; fi
		if [[ $line == p* ]]; then part=1; fi
		line=${line:2}
		line=${line%%$'\t'*}
		if [[ $line != "$word"* ]]; then continue; fi
		if ((COMP_TYPE == 63)); then
			COMPREPLY+=("${line#"$head"}") # is only listed
		else
			_qmpbox_quote "${line:${#word}}"
			COMPREPLY+=("$tail$quoted")
		fi
	done
	if [[ $part ]]; then
		compopt -o nospace
		# Nor must the quote be closed: readline leaves it where more than one is possible.
		if [[ $quote ]] && ((${#COMPREPLY[@]} == 1)); then COMPREPLY+=("${COMPREPLY[0]} "); fi
	fi
}

# bash-completion loads this file for each of the links under their names; where it is sourced by hand
# they are looked up once.
_qmpbox_register() {
	local link paths=() targets=()
	complete -o nosort -F _qmpbox qmpbox
	if [[ ${BASH_SOURCE[1]##*/} == qmp-* ]]; then
		complete -o nosort -F _qmpbox "${BASH_SOURCE[1]##*/}"
	elif [[ " ${FUNCNAME[*]} " != *' '@(__load_completion|_comp_load)' '* ]]; then
		mapfile -t paths < <(compgen -c qmp-)
		mapfile -t paths < <(type -P -- "${paths[@]}")
		mapfile -t targets < <(readlink -f -- "${paths[@]}" 2>/dev/null)
		for link in "${!targets[@]}"; do
			if [[ ${targets[link]} == */qmpbox ]]; then
				complete -o nosort -F _qmpbox "${paths[link]##*/}"
			fi
		done
	fi
	unset -f _qmpbox_register
}
_qmpbox_register
