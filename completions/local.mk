# SPDX-License-Identifier: GPL-2.0-or-later
# Where they go is said to configure (--with-bash-completion-dir and so on) or to make.
EXTRA_DIST += %D%/qmpbox.bash
dist_zshcompletion_DATA = %D%/_qmpbox
dist_fishcompletion_DATA = %D%/qmpbox.fish

# bash and fish look for a file that is named like the command: qmp-status, as --install-links makes
# it, is found through links of our own.
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)' '$(DESTDIR)$(fishcompletiondir)'
	$(INSTALL_DATA) '$(srcdir)/%D%/qmpbox.bash' '$(DESTDIR)$(bashcompletiondir)/qmpbox'
	for source in $(qmpbox_SOURCES); do \
		case $$source in cmds/*.c) \
			name=qmp-`basename $$source .c`; \
			ln -sf qmpbox "$(DESTDIR)$(bashcompletiondir)/$$name" && \
			ln -sf qmpbox.fish "$(DESTDIR)$(fishcompletiondir)/$$name.fish" || exit 1;; \
		esac; \
	done

uninstall-hook:
	rm -f '$(DESTDIR)$(bashcompletiondir)/qmpbox'
	for source in $(qmpbox_SOURCES); do \
		case $$source in cmds/*.c) \
			name=qmp-`basename $$source .c`; \
			rm -f "$(DESTDIR)$(bashcompletiondir)/$$name" \
				"$(DESTDIR)$(fishcompletiondir)/$$name.fish" || exit 1;; \
		esac; \
	done
