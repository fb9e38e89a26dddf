/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringbuf: what a ring buffer character device has collected, byte for byte.
 *
 * Reading consumes it. It is asked in base64, since QEMU's utf8 form loses what follows a NUL and
 * replaces bytes that are not UTF-8 (FACTS, section 8), and in several reads, so that no reply is
 * large.
 */
#ifndef QMPBOX_VM_RINGBUF_H
#define QMPBOX_VM_RINGBUF_H

#include "qmp/session.h"

/*
 * Adds up to `limit` bytes (0: all) to text. It ends when the buffer is empty, or when a guest that
 * writes as fast as we read has filled it over and over (RINGBUF_MOST bytes).
 */
enum { RINGBUF_MOST = 1024 * 1024 * 1024 };
bool ringbuf_read(struct session *session, const char *chardev, uint64_t limit, struct text *text,
    struct error *error);

/* One read of up to `size` bytes in two halves, for those who have more to wait for. */
bool ringbuf_ask(struct session *session, const char *chardev, uint64_t size, uint64_t *ticket,
    struct error *error);
bool ringbuf_answer(
    struct session *session, uint64_t ticket, struct text *text, struct error *error);

#endif
