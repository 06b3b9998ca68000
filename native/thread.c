#define _GNU_SOURCE
#include "thread.h"

#include <errno.h>
#include <signal.h>

int sc_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument) {
	sigset_t all;
	sigset_t old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	const int error = pthread_create(thread, NULL, run, argument);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error == 0) {
		pthread_setname_np(*thread, name);
	}
	errno = error;
	return error;
}
