// Options of the process and of its listening sockets for which Bun has no API.
#pragma once

#include <stdbool.h>

#include "scenecast.h"

// Requests SIGTERM from the kernel when the parent of this process dies (PR_SET_PDEATHSIG). Returns 1 if the parent is already dead, 0 if set.
SC_EXPORT int sc_process_die_with_parent(int parent_pid);

// Starts a thread that unlinks the segments created by this process and calls _exit(1), `grace_ms` after the other end of the pipe
// `fd` was closed. For a process whose main thread may be busy or hang, and then handles neither the end of input nor SIGTERM.
SC_EXPORT int sc_process_exit_after_hangup(int fd, int grace_ms);

// Whether `fd` is a socket that listens at this address: a TCP port, or if `path` is not NULL a Unix socket.
bool sc_process_listens_on(int fd, int port, const char *path);

// Sets options on every listening TCP socket of this process bound to `port`; accepted sockets inherit them. TCP_NOTSENT_LOWAT:
// `not_sent_lowat` bytes. Dead peer detection after `dead_ms` without an answer: TCP_USER_TIMEOUT while data is unacknowledged,
// SO_KEEPALIVE while the connection is idle. Returns how many sockets were set.
SC_EXPORT int sc_process_set_listener_options(int port, int not_sent_lowat, int dead_ms);
