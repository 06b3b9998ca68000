#define _GNU_SOURCE
#include "accept_gate.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "error.h"
#include "process.h"

static bool is_event_loop(const char *name) {
	char path[64];
	char target[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%.20s", name);
	const ssize_t length = readlink(path, target, sizeof(target));
	const char *wanted = "anon_inode:[eventpoll]";
	return length == (ssize_t)strlen(wanted) && memcmp(target, wanted, (size_t)length) == 0;
}

// Adds the listeners of the address that are registered in the epoll instance `name`.
static void add_listeners(sc_gate_s *gate, const char *name, int port, const char *socket_path) {
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%.20s", name);
	FILE *info = fopen(path, "re");
	char line[256];
	while (info != NULL && gate->listeners_count < SC_GATE_MAX_LISTENERS && fgets(line, sizeof(line), info) != NULL) {
		int fd;
		unsigned events;
		unsigned long long data;
		if (sscanf(line, "tfd: %d events: %x data: %llx", &fd, &events, &data) == 3 && sc_process_listens_on(fd, port, socket_path)) {
			gate->listeners[gate->listeners_count++]
				= (sc_gate_listener_s){ atoi(name), fd, { .events = events, .data.u64 = data } };
		}
	}
	if (info != NULL) {
		fclose(info);
	}
}

static int find_listeners(sc_gate_s *gate, int port, const char *socket_path) {
	DIR *directory = opendir("/proc/self/fd");
	if (directory == NULL) {
		return sc_fail_errno("/proc/self/fd: cannot list");
	}
	for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
		if (is_event_loop(entry->d_name)) {
			add_listeners(gate, entry->d_name, port, socket_path);
		}
	}
	closedir(directory);
	if (gate->listeners_count > 0) {
		return SC_OK;
	}
	return socket_path != NULL ? sc_fail(SC_E_MISSING, "no event loop listens on %s", socket_path)
							   : sc_fail(SC_E_MISSING, "no event loop listens on port %d", port);
}

// Occupies up to `count` file descriptors with duplicates of the epoll descriptor; returns how many were free.
static int take_descriptors(const sc_gate_s *gate, int *fds, int count) {
	int taken = 0;
	while (taken < count) {
		const int fd = fcntl(gate->listeners[0].epoll, F_DUPFD_CLOEXEC, 0);
		if (fd < 0) {
			break;
		}
		fds[taken++] = fd;
	}
	return taken;
}

static void close_all(const int *fds, int count) {
	for (int index = 0; index < count; ++index) {
		close(fds[index]);
	}
}

static void set_listening(sc_gate_s *gate, bool listening) {
	for (int index = 0; index < gate->listeners_count; ++index) {
		sc_gate_listener_s *listener = &gate->listeners[index];
		struct epoll_event event = listener->event;
		event.events = listening ? event.events : 0;
		epoll_ctl(listener->epoll, EPOLL_CTL_MOD, listener->fd, &event);
	}
}

sc_gate_s *sc_gate_create(int port, const char *path) {
	sc_gate_s *gate = calloc(1, sizeof(*gate));
	if (gate == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a gate");
		return NULL;
	}
	struct rlimit limit;
	if (find_listeners(gate, port, path) < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0) {
		free(gate);
		return NULL;
	}
	gate->reserve_size = limit.rlim_cur / 8 < SC_GATE_MAX_RESERVE ? (int)(limit.rlim_cur / 8) : SC_GATE_MAX_RESERVE;
	const int taken = take_descriptors(gate, gate->reserve, gate->reserve_size);
	if (taken < gate->reserve_size) {
		close_all(gate->reserve, taken);
		free(gate);
		sc_fail(SC_E_SYSTEM, "there are no descriptors to hold in reserve");
		return NULL;
	}
	return gate;
}

int sc_gate_check(sc_gate_s *gate) {
	int spare[SC_GATE_MAX_RESERVE];
	if (!gate->closed) {
		const int found = take_descriptors(gate, spare, 1);
		close_all(spare, found);
		if (found == 0) {
			set_listening(gate, false);
			close_all(gate->reserve, gate->reserve_size);
			gate->closed = true;
		}
		return gate->closed ? 0 : 1;
	}
	// Hysteresis: twice the reserve must be free, so that the gate does not reopen for a few descriptors and close again.
	const int reserve = take_descriptors(gate, gate->reserve, gate->reserve_size);
	const int more = take_descriptors(gate, spare, gate->reserve_size);
	close_all(spare, more);
	if (more < gate->reserve_size) {
		close_all(gate->reserve, reserve);
		return 0;
	}
	set_listening(gate, true);
	gate->closed = false;
	return 1;
}

void sc_gate_destroy(sc_gate_s *gate) {
	if (gate->closed) {
		set_listening(gate, true);
	} else {
		close_all(gate->reserve, gate->reserve_size);
	}
	free(gate);
}
