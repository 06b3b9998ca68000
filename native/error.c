#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static _Thread_local int _code;
static _Thread_local int _errno_value;
static _Thread_local char _message[512];

int sc_fail(int code, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(_message, sizeof(_message), format, args);
	va_end(args);
	_code = code;
	_errno_value = 0;
	return code;
}

int sc_fail_errno(const char *format, ...) {
	const int saved = errno;
	va_list args;
	va_start(args, format);
	const int written = vsnprintf(_message, sizeof(_message), format, args);
	va_end(args);
	if (written >= 0 && (size_t)written < sizeof(_message)) {
		// Without an environment the locale is C, so strerror is thread-safe for known numbers.
		snprintf(_message + written, sizeof(_message) - (size_t)written, ": %s", strerror(saved));
	}
	_code = SC_E_SYSTEM;
	_errno_value = saved;
	return SC_E_SYSTEM;
}

int sc_error_code(void) { return _code; }
int sc_error_errno(void) { return _errno_value; }
const char *sc_error_message(void) { return _message; }
