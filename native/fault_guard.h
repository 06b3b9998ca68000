// Keeps a process alive that touches shared memory which another process has cut short.
//
// The kernel answers such a touch with SIGBUS. Looking at the file's size beforehand does not exclude it: the file may
// be cut between the look and the touch. So a handler puts zeros in the place of the whole mapping and says so.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Guards a mapping of a file, of this protection. Returns a slot for the calls below, or -1 when all are taken: the
// mapping then is not guarded. Both calls take -1 too.
int sc_fault_guard_add(void *address, size_t size, int protection);

// Whether the mapping has been zeros since the last call: then the caller maps the file there again.
bool sc_fault_guard_take_cut(int slot);

// To be called before the mapping is unmapped.
void sc_fault_guard_remove(int slot);
