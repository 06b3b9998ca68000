#define _GNU_SOURCE
#include "stall_guard.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "error.h"

static char _message[SC_STALL_MAX_MESSAGE + 1];
static size_t _message_length;

// Only calls that are safe in a signal handler.
static void _end(int signal_number) {
	(void)signal_number;
	const ssize_t written = write(STDERR_FILENO, _message, _message_length);
	(void)written;
	_exit(1);
}

static int _set_timer(int seconds) {
	const struct itimerval timer = {.it_value = {.tv_sec = seconds}};
	if (setitimer(ITIMER_PROF, &timer, NULL) < 0) {
		return sc_fail_errno("cannot set the timer of the stall guard");
	}
	return SC_OK;
}

int sc_stall_guard_arm(int seconds, const char *message) {
	if (seconds < 1 || message == NULL || strlen(message) > SC_STALL_MAX_MESSAGE) {
		return sc_fail(SC_E_INVALID, "a stall guard of %d s or its message is out of range", seconds);
	}
	// The handler must not see half a message.
	const int result = sc_stall_guard_disarm();
	if (result < 0) {
		return result;
	}
	_message_length = strlen(message);
	memcpy(_message, message, _message_length + 1);
	struct sigaction action = {.sa_handler = _end};
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGPROF, &action, NULL) < 0) {
		return sc_fail_errno("cannot handle SIGPROF");
	}
	return _set_timer(seconds);
}

int sc_stall_guard_disarm(void) { return _set_timer(0); }
