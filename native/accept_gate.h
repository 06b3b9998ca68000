// Has an event loop accept no more connections while the process has no descriptors for them.
//
// Where accept fails with EMFILE the connection stays in the kernel's queue, epoll tells of it again and again, and a loop that
// only tries once more burns a core and has no descriptors for anything else. A gate holds some descriptors in reserve; when there
// are no others it gives them back to the process and has epoll tell of the listener no more. Connections then wait in the queue.
//
// The event loop is not ours: its descriptor, and what it was given for the listener, stand in /proc/self/fdinfo.
#pragma once

#include <stdbool.h>
#include <sys/epoll.h>

#include "scenecast.h"

#define SC_GATE_MAX_LISTENERS 4
#define SC_GATE_MAX_RESERVE 32

// A listener in an event loop.
typedef struct {
	int epoll;
	int fd;
	struct epoll_event event;
} sc_gate_listener_s;

typedef struct {
	sc_gate_listener_s listeners[SC_GATE_MAX_LISTENERS];
	int listeners_count;
	int reserve[SC_GATE_MAX_RESERVE];
	int reserve_size; // how many there are to be: 0 of them while it is closed
	bool closed;
} sc_gate_s;

// For the listeners of `port`, to be made by the thread whose loop they are in. NULL on error, also where no loop has one.
SC_EXPORT sc_gate_s *sc_gate_create(int port);

// To be called now and then, by the same thread: closes or opens the gate. 1 while connections are accepted, 0 while they wait.
SC_EXPORT int sc_gate_check(sc_gate_s *gate);

// To be called before the listeners are closed.
SC_EXPORT void sc_gate_destroy(sc_gate_s *gate);
