// SIGBUS handler for shared memory that another process truncates.
//
// Accessing a mapping beyond the end of its file raises SIGBUS. Checking the file's size first does not prevent it, since the file
// may be truncated between the check and the access. The handler therefore replaces the whole mapping by zeros, and records the truncation.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Guards a mapping of a file. Returns a slot for the functions below, or -1 if all are in use and the mapping is not guarded; both
// functions accept -1.
int sc_fault_guard_add(void *address, size_t size, int protection);

// Whether the mapping was replaced by zeros since the last call; the caller then maps the file again.
bool sc_fault_guard_take_truncated(int slot);

// To be called before unmapping.
void sc_fault_guard_remove(int slot);
