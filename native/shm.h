// POSIX shared memory segments in /dev/shm: create, attach, commit, unlink, and remove stale ones.
//
// A creator holds a shared flock on its descriptor, from before the segment has a size until it closes it. The kernel releases the
// lock when the process dies for any reason, so a segment without a lock has no owner.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "scenecast.h"

#define SC_SHM_DIRECTORY "/dev/shm"
#define SC_SHM_PREFIX "scenecast_"
#define SC_SHM_MAX_NAME 200
#define SC_SHM_MAX_SIZE ((uint64_t)1 << 40)
// Grace period of a sweep for a segment without size and lock: its creator is between open and flock for microseconds.
#define SC_SHM_CREATION_GRACE_SECONDS 10

typedef struct sc_shm_s {
	int fd;          // -1 once closed
	void *address;
	size_t size;
	bool creator;
	bool read_only;
	int references;  // the handle, and each view
	int guard;       // of native/fault_guard.h
	struct sc_shm_s *next; // in the list of open segments created by this process
	char name[SC_SHM_MAX_NAME + 1];
} sc_shm_s;

// Creates "<prefix><8 hex>" with exactly `size` zero bytes, mode 0600. NULL on error.
SC_EXPORT sc_shm_s *sc_shm_create(const char *prefix, uint64_t size);

// Maps an existing segment of at least `min_size` bytes. NULL on error.
SC_EXPORT sc_shm_s *sc_shm_attach(const char *name, uint64_t min_size, int read_only);

SC_EXPORT void *sc_shm_address(const sc_shm_s *shm);
SC_EXPORT uint64_t sc_shm_size(const sc_shm_s *shm);
SC_EXPORT const char *sc_shm_name(const sc_shm_s *shm);

// Commits the first `bytes`, so that writing them cannot fail with SIGBUS when memory is short.
SC_EXPORT int sc_shm_reserve(sc_shm_s *shm, uint64_t bytes);

// 1 if the file is at least as long as the mapping, 0 otherwise. Maps the file again if the fault guard had replaced the mapping by
// zeros.
SC_EXPORT int sc_shm_is_current(const sc_shm_s *shm);

// 1 if no process can write the segment any more: the creator of this project's segment has closed it or is dead, or no process has a
// foreign segment, attached here read-only, open for writing. 0 if some process can, or if that cannot be determined. A creator that is slow,
// stopped or in a debugger still holds its segment.
SC_EXPORT int sc_shm_is_abandoned(const sc_shm_s *shm);

// Removes the name if it is still this segment's. Idempotent.
SC_EXPORT int sc_shm_unlink(sc_shm_s *shm);

// Unlinks all open segments created by this process, at its exit. Thread-safe.
SC_EXPORT void sc_shm_unlink_created(void);

// References the mapping for a view. The deallocator, with JavaScriptCore's signature (bytes, context = shm), releases it.
SC_EXPORT void sc_shm_retain_view(sc_shm_s *shm);
SC_EXPORT void *sc_shm_view_deallocator(void);

// Closes the descriptor, releases the lock and frees the handle.
SC_EXPORT void sc_shm_close(sc_shm_s *shm);

// Removes every "scenecast_*" segment without an owner. Writes their names, each terminated by '\n', into `names` as far as they
// fit, and returns how many were removed.
SC_EXPORT int sc_shm_sweep(char *names, uint64_t capacity);
