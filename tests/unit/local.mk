# SPDX-License-Identifier: GPL-2.0-or-later
# The rooms as a library: a test takes from it what it needs, and never the registry, whose section
# only the program has. The objects are the program's own (no flags of a target's own here), so that
# nothing is compiled twice.
ARFLAGS = cr
check_LIBRARIES = tests/libqmpbox.a
tests_libqmpbox_a_SOURCES = $(rooms)

unit_tests = \
	%D%/test-base64 \
	%D%/test-compare \
	%D%/test-complete \
	%D%/test-frame \
	%D%/test-guard \
	%D%/test-history \
	%D%/test-image \
	%D%/test-json \
	%D%/test-known \
	%D%/test-line \
	%D%/test-loop \
	%D%/test-members \
	%D%/test-meaning \
	%D%/test-migrate \
	%D%/test-network \
	%D%/test-nic \
	%D%/test-number \
	%D%/test-options \
	%D%/test-pattern \
	%D%/test-position \
	%D%/test-process \
	%D%/test-progress \
	%D%/test-qemuargs \
	%D%/test-schema \
	%D%/test-shelf \
	%D%/test-text \
	%D%/test-transcript \
	%D%/test-typing \
	%D%/test-units

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)

%C%_test_typing_SOURCES = %D%/test-typing.c %D%/tap.h
%C%_test_typing_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_base64_SOURCES = %D%/test-base64.c %D%/tap.h
%C%_test_base64_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_compare_SOURCES = %D%/test-compare.c %D%/tap.h
%C%_test_compare_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_complete_SOURCES = %D%/test-complete.c %D%/tap.h
%C%_test_complete_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_frame_SOURCES = %D%/test-frame.c %D%/tap.h
%C%_test_frame_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_guard_SOURCES = %D%/test-guard.c %D%/tap.h
%C%_test_guard_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_history_SOURCES = %D%/test-history.c %D%/tap.h
%C%_test_history_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_image_SOURCES = %D%/test-image.c %D%/tap.h
%C%_test_image_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_json_SOURCES = %D%/test-json.c %D%/tap.h
%C%_test_json_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_known_SOURCES = %D%/test-known.c %D%/tap.h
%C%_test_known_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_line_SOURCES = %D%/test-line.c %D%/tap.h
%C%_test_line_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_loop_SOURCES = %D%/test-loop.c %D%/tap.h
%C%_test_loop_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_members_SOURCES = %D%/test-members.c %D%/tap.h
%C%_test_members_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_meaning_SOURCES = %D%/test-meaning.c %D%/tap.h
%C%_test_meaning_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_migrate_SOURCES = %D%/test-migrate.c %D%/tap.h
%C%_test_migrate_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_network_SOURCES = %D%/test-network.c %D%/tap.h
%C%_test_network_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_nic_SOURCES = %D%/test-nic.c %D%/tap.h
%C%_test_nic_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_number_SOURCES = %D%/test-number.c %D%/tap.h
%C%_test_number_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_options_SOURCES = %D%/test-options.c %D%/tap.h
%C%_test_options_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_pattern_SOURCES = %D%/test-pattern.c %D%/tap.h
%C%_test_pattern_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_position_SOURCES = %D%/test-position.c %D%/tap.h
%C%_test_position_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_process_SOURCES = %D%/test-process.c %D%/tap.h
%C%_test_process_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_progress_SOURCES = %D%/test-progress.c %D%/tap.h
%C%_test_progress_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_qemuargs_SOURCES = %D%/test-qemuargs.c %D%/tap.h
%C%_test_qemuargs_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_schema_SOURCES = %D%/test-schema.c %D%/tap.h
%C%_test_schema_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_shelf_SOURCES = %D%/test-shelf.c %D%/tap.h
%C%_test_shelf_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_text_SOURCES = %D%/test-text.c %D%/tap.h
%C%_test_text_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_transcript_SOURCES = %D%/test-transcript.c %D%/tap.h
%C%_test_transcript_LDADD = tests/libqmpbox.a $(LDADD)
%C%_test_units_SOURCES = %D%/test-units.c %D%/tap.h
%C%_test_units_LDADD = tests/libqmpbox.a $(LDADD)

# Properties that hold for every input: built with --enable-fuzzing and clang, run by ./dev fuzz.
EXTRA_DIST += tests/fuzz/corpus

if FUZZING
fuzz_targets = \
	tests/fuzz/fuzz-typing \
	tests/fuzz/fuzz-frame \
	tests/fuzz/fuzz-json \
	tests/fuzz/fuzz-line \
	tests/fuzz/fuzz-options \
	tests/fuzz/fuzz-qemuargs \
	tests/fuzz/fuzz-schema \
	tests/fuzz/fuzz-text

EXTRA_PROGRAMS += $(fuzz_targets)
CLEANFILES += $(fuzz_targets)
.PHONY: fuzz
fuzz: $(fuzz_targets)

tests_fuzz_fuzz_typing_SOURCES = tests/fuzz/fuzz-typing.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_typing_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_typing_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_frame_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_json_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_line_SOURCES = tests/fuzz/fuzz-line.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_line_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_line_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_options_SOURCES = tests/fuzz/fuzz-options.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_options_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_options_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_qemuargs_SOURCES = tests/fuzz/fuzz-qemuargs.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_qemuargs_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_qemuargs_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_schema_SOURCES = tests/fuzz/fuzz-schema.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_schema_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_schema_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz-text.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_text_LDADD = tests/libqmpbox.a $(LDADD)
tests_fuzz_fuzz_text_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
endif
