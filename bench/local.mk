# SPDX-License-Identifier: GPL-2.0-or-later
# Built by ./dev bench alone; libc is all that they may use.
EXTRA_PROGRAMS += %D%/floor %D%/peak
%C%_floor_SOURCES = %D%/floor.c
%C%_floor_LDADD =
%C%_peak_SOURCES = %D%/peak.c
%C%_peak_LDADD =
EXTRA_DIST += %D%/run
