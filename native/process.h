// Options of the process and of its listening sockets that Bun has no call for.
#pragma once

#include "scenecast.h"

// SIGTERM to this process when its parent dies. Returns 1 when the parent is already gone, 0 when set.
SC_EXPORT int sc_process_die_with_parent(int parent_pid);

// TCP_NOTSENT_LOWAT on every listening TCP socket of this process bound to `port`; accepted sockets inherit it.
// Returns how many sockets were set.
SC_EXPORT int sc_process_set_not_sent_lowat(int port, int bytes);
