// The last error of the calling thread: a code, errno if a system call failed, and a message.
#pragma once

#include "scenecast.h"

// Stores the error and returns `code`. The text must not end in a full stop: the caller adds advice.
int sc_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Like sc_fail with SC_E_SYSTEM; appends the description of errno.
int sc_fail_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

SC_EXPORT int sc_error_code(void);
SC_EXPORT int sc_error_errno(void);
SC_EXPORT const char *sc_error_message(void);
