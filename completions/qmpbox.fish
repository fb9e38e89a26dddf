# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of qmpbox for fish (3.5 or later). `qmpbox complete` knows what may stand at the cursor;
# what it says is shown in its order and quoted by fish, which puts a space behind a word unless it
# ends in one of / = @ : . , - and so behind no part. There is no time-out: the program bounds itself,
# and Ctrl-C ends it.

# The program that is on the command line, and the words behind it, a line each; links such as
# qmp-status have the word that they stand for put in front.
function __qmpbox_words
    set -l words (commandline -opc)
    # Before it may stand FOO=1, command, time…
    while set -q words[1]; and not string match -qr '(^|/)(qmpbox$|qmp-)' -- $words[1]
        set -e words[1]
    end
    set -l program (string replace -r '^~/' ~/ -- $words[1])
    set program (command -s -- $program); or return
    set -e words[1]
    if string match -qr '(^|/)qmp-[^/]*$' -- $program
        set -p words (string replace -r '.*/qmp-' '' -- $program)
        set program (path resolve -- $program)
        # Other programs of such names are not ours.
        string match -qr '/qmp-[^/]*$' -- $program; and return 1
    end
    printf '%s\n' $program $words
end

function __qmpbox_complete
    set -l words (__qmpbox_words); or return
    set -l typed (commandline -ct)
    # As the program would get it; a quote that is open is closed.
    set -l word (string unescape -- $typed; or string unescape -- $typed\"; or string unescape -- $typed\')
    set -l own
    if string match -q '~/*' -- $typed
        set own ~/
        set word (string replace -r '^~/' -- $own $word)
    end
    # By sh, since fish would say that a program was killed.
    for line in (sh -c '"$0" complete -- "$@"; :' $words[1..-1] "$word" 2>/dev/null </dev/null)
        set -l parts (string split \t -- $line)
        contains -- $parts[1] w p; or continue
        if set -q own[1]
            set parts[2] (string replace -r '^'(string escape --style=regex -- $own) '~/' -- $parts[2])
        end
        printf '%s\t%s\n' $parts[2] "$parts[3]"
    end
end

complete -e -c qmpbox
complete -e -c 'qmp-*'
complete -c qmpbox -k -f -a '(__qmpbox_complete)'
complete -c 'qmp-*' -n __qmpbox_words -k -f -a '(__qmpbox_complete)'
