#define _GNU_SOURCE
#include "stall_guard.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "error.h"

static char armed_message[SC_STALL_MAX_MESSAGE + 1];
static size_t message_length;

// Signal handler: async-signal-safe calls only.
static void end_process(int signal_number) {
	(void)signal_number;
	const ssize_t written = write(STDERR_FILENO, armed_message, message_length);
	(void)written;
	_exit(1);
}

static int set_timer(int seconds) {
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
	// The handler must not see a partly written message.
	const int result = sc_stall_guard_disarm();
	if (result < 0) {
		return result;
	}
	message_length = strlen(message);
	memcpy(armed_message, message, message_length + 1);
	struct sigaction action = {.sa_handler = end_process};
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGPROF, &action, NULL) < 0) {
		return sc_fail_errno("cannot handle SIGPROF");
	}
	return set_timer(seconds);
}

int sc_stall_guard_disarm(void) { return set_timer(0); }
