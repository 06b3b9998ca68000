// Stops an event loop from accepting connections while the process is out of file descriptors (EMFILE).
//
// When accept fails with EMFILE, the connection stays in the kernel's accept queue and a level-triggered epoll reports it again
// immediately: the loop burns a core, and nothing else gets a descriptor either. A gate holds some descriptors in reserve. When no
// others are free it releases them to the process and masks the listener's epoll events; connections then wait in the queue.
//
// The event loop belongs to Bun: its epoll descriptor and the listener's registration are read from /proc/self/fdinfo.
#pragma once

#include <stdbool.h>
#include <sys/epoll.h>

#include "scenecast.h"

#define SC_GATE_MAX_LISTENERS 4
#define SC_GATE_MAX_RESERVE 32

// A listening socket and its registration in an epoll instance.
typedef struct {
	int epoll;
	int fd;
	struct epoll_event event;
} sc_gate_listener_s;

typedef struct {
	sc_gate_listener_s listeners[SC_GATE_MAX_LISTENERS];
	int listeners_count;
	int reserve[SC_GATE_MAX_RESERVE];
	int reserve_size; // number of descriptors in the reserve while the gate is open; none are held while it is closed
	bool closed;
} sc_gate_s;

// Creates a gate for the listeners of a TCP port, or of the Unix socket `path` if that is not NULL; to be called on the thread of
// their event loop. NULL on error, or if no socket listens there.
SC_EXPORT sc_gate_s *sc_gate_create(int port, const char *path);

// Closes or reopens the gate; to be called periodically on the same thread. 1 while connections are accepted, 0 while they wait.
SC_EXPORT int sc_gate_check(sc_gate_s *gate);

// To be called before the listeners are closed.
SC_EXPORT void sc_gate_destroy(sc_gate_s *gate);
