#define _GNU_SOURCE
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"
#include "shm.h"
#include "thread.h"

int sc_process_die_with_parent(int parent_pid) {
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) {
		return sc_fail_errno("cannot request a signal for the parent's death");
	}
	// The parent may have died before the call.
	return getppid() != parent_pid ? 1 : 0;
}

typedef struct {
	int fd;
	int grace_ms;
} hangup_s;

static void *exit_after_hangup(void *argument) {
	const hangup_s hangup = *(hangup_s *)argument;
	free(argument);
	// With no events requested poll() returns only for a hang-up or an error; incoming data stays for its reader.
	struct pollfd pipe = {.fd = hangup.fd};
	while (poll(&pipe, 1, -1) < 0 && errno == EINTR) {
	}
	while (poll(NULL, 0, hangup.grace_ms) < 0 && errno == EINTR) {
	}
	sc_shm_unlink_created();
	_exit(1);
}

int sc_process_exit_after_hangup(int fd, int grace_ms) {
	if (fd < 0 || grace_ms < 0) {
		return sc_fail(SC_E_INVALID, "descriptor %d or %d ms is out of range", fd, grace_ms);
	}
	hangup_s *hangup = malloc(sizeof(*hangup));
	if (hangup == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the hang-up watch of a pipe");
	}
	*hangup = (hangup_s){.fd = fd, .grace_ms = grace_ms};
	pthread_t thread;
	if (sc_thread_start(&thread, "sc-hangup", exit_after_hangup, hangup) != 0) {
		free(hangup);
		return sc_fail_errno("cannot start a thread");
	}
	pthread_detach(thread);
	return SC_OK;
}

bool sc_process_listens_on(int fd, int port, const char *path) {
	int accepting = 0;
	socklen_t length = sizeof(accepting);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &length) < 0 || !accepting) {
		return false;
	}
	struct sockaddr_storage address = { 0 };
	length = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
		return false;
	}
	if (path != NULL) {
		// The kernel ends a path with a zero byte, except one of maximum length.
		const struct sockaddr_un *local = (struct sockaddr_un *)&address;
		return address.ss_family == AF_UNIX && strncmp(local->sun_path, path, sizeof(local->sun_path)) == 0;
	}
	if (address.ss_family == AF_INET) {
		return ntohs(((struct sockaddr_in *)&address)->sin_port) == port;
	}
	return address.ss_family == AF_INET6 && ntohs(((struct sockaddr_in6 *)&address)->sin6_port) == port;
}

typedef struct {
	int level;
	int name;
	int value;
	const char *text;
} option_s;

static int set_options(int fd, int port, int not_sent_lowat, int dead_ms) {
	// Keep-alive: the first probe after half of the time, three more in the other half. TCP_USER_TIMEOUT also applies to
	// unanswered probes (tcp(7)).
	const int idle_s = dead_ms / 2000 > 0 ? dead_ms / 2000 : 1;
	const int interval_s = dead_ms / 6000 > 0 ? dead_ms / 6000 : 1;
	const option_s options[] = {
		{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, not_sent_lowat, "TCP_NOTSENT_LOWAT" },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, dead_ms, "TCP_USER_TIMEOUT" },
		{ IPPROTO_TCP, TCP_KEEPIDLE, idle_s, "TCP_KEEPIDLE" },
		{ IPPROTO_TCP, TCP_KEEPINTVL, interval_s, "TCP_KEEPINTVL" },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3, "TCP_KEEPCNT" },
		{ SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE" },
	};
	for (size_t index = 0; index < sizeof(options) / sizeof(options[0]); ++index) {
		const option_s *option = &options[index];
		if (setsockopt(fd, option->level, option->name, &option->value, sizeof(option->value)) < 0) {
			return sc_fail_errno("cannot set %s on port %d", option->text, port);
		}
	}
	return SC_OK;
}

int sc_process_set_listener_options(int port, int not_sent_lowat, int dead_ms) {
	if (port < 1 || port > 65535 || not_sent_lowat < 1 || dead_ms < 1) {
		return sc_fail(SC_E_INVALID, "port %d, %d bytes or %d ms is out of range", port, not_sent_lowat, dead_ms);
	}
	DIR *directory = opendir("/proc/self/fd");
	if (directory == NULL) {
		return sc_fail_errno("/proc/self/fd: cannot list");
	}
	int set = 0;
	int result = SC_OK;
	for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
		char *end;
		const long fd = strtol(entry->d_name, &end, 10);
		if (end == entry->d_name || *end != '\0' || !sc_process_listens_on((int)fd, port, NULL)) {
			continue;
		}
		if (set_options((int)fd, port, not_sent_lowat, dead_ms) < 0) {
			result = sc_error_code();
		} else {
			++set;
		}
	}
	closedir(directory);
	return result < 0 ? result : set;
}
