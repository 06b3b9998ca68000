// Options of the process and of its listening sockets that Bun has no call for.
#pragma once

#include <stdbool.h>

#include "scenecast.h"

// SIGTERM to this process when its parent dies. Returns 1 when the parent is already gone, 0 when set.
SC_EXPORT int sc_process_die_with_parent(int parent_pid);

// Starts a thread that ends this process by _exit(1), `grace_ms` after the other end of the pipe `fd` was closed, and
// before that removes the names of the segments that it has created. For a process whose main thread may be busy or hang,
// so that it handles neither that end nor SIGTERM.
SC_EXPORT int sc_process_exit_after_hangup(int fd, int grace_ms);

// Whether `fd` is a TCP socket that listens on `port`.
bool sc_process_listens_on(int fd, int port);

// Options of every listening TCP socket of this process bound to `port`, which accepted sockets inherit. TCP_NOTSENT_LOWAT:
// `not_sent_lowat` bytes. A peer that answers nothing for `dead_ms` (its link went down without a word) is given up, whether data
// is on its way to it (TCP_USER_TIMEOUT) or not (SO_KEEPALIVE). Returns how many sockets were set.
SC_EXPORT int sc_process_set_listener_options(int port, int not_sent_lowat, int dead_ms);
