#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static _Thread_local int last_code;
static _Thread_local int last_errno;
static _Thread_local char last_message[512];

int sc_fail(int code, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(last_message, sizeof(last_message), format, args);
	va_end(args);
	last_code = code;
	last_errno = 0;
	return code;
}

int sc_fail_errno(const char *format, ...) {
	const int saved = errno;
	va_list args;
	va_start(args, format);
	const int written = vsnprintf(last_message, sizeof(last_message), format, args);
	va_end(args);
	if (written >= 0 && (size_t)written < sizeof(last_message)) {
		// The locale is C unless setlocale is called, so strerror is thread-safe for known numbers.
		snprintf(last_message + written, sizeof(last_message) - (size_t)written, ": %s", strerror(saved));
	}
	last_code = SC_E_SYSTEM;
	last_errno = saved;
	return SC_E_SYSTEM;
}

int sc_error_code(void) { return last_code; }
int sc_error_errno(void) { return last_errno; }
const char *sc_error_message(void) { return last_message; }
