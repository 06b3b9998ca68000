// POSIX shared memory segments under /dev/shm: create, attach, commit, unlink, and the removal of dead ones.
//
// A creator holds a shared flock on its descriptor from before the segment has a size until it closes it.
// The kernel drops the lock when the process dies in whatever way, so a segment without a lock has no owner.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "scenecast.h"

#define SC_SHM_DIRECTORY "/dev/shm"
#define SC_SHM_PREFIX "scenecast_"
#define SC_SHM_MAX_NAME 200
#define SC_SHM_MAX_SIZE ((uint64_t)1 << 40)
// A creator is between open and flock for microseconds; a sweep gives it this long.
#define SC_SHM_NEWBORN_SECONDS 10

typedef struct sc_shm_s {
	int fd;          // -1 once closed
	void *address;
	size_t size;
	bool creator;
	bool read_only;
	int references;  // the handle, and each view handed out
	int guard;       // of native/fault_guard.h
	struct sc_shm_s *next; // in the list of open segments created by this process
	char name[SC_SHM_MAX_NAME + 1];
} sc_shm_s;

// Makes "<prefix><8 hex>" with exactly `size` zero bytes, mode 0600. NULL on error.
SC_EXPORT sc_shm_s *sc_shm_create(const char *prefix, uint64_t size);

// Maps an existing segment of at least `min_size` bytes. NULL on error.
SC_EXPORT sc_shm_s *sc_shm_attach(const char *name, uint64_t min_size, int read_only);

SC_EXPORT void *sc_shm_address(const sc_shm_s *shm);
SC_EXPORT uint64_t sc_shm_size(const sc_shm_s *shm);
SC_EXPORT const char *sc_shm_name(const sc_shm_s *shm);

// Commits the first `bytes`, so that writing them cannot fail with SIGBUS when memory is short.
SC_EXPORT int sc_shm_reserve(sc_shm_s *shm, uint64_t bytes);

// 1 while the file behind the mapping is at least as long as the mapping, else 0. A mapping that the fault guard had
// made zeros is the file again from then on.
SC_EXPORT int sc_shm_is_current(const sc_shm_s *shm);

// 1 when nobody is left who could write the segment: where one of ours was closed by its creator, or outlived it, and
// where any other, attached here for reading only, is held open for writing by no process. 0 where that is not so or
// cannot be told. A creator that is slow, stopped or in a debugger still holds its segment.
SC_EXPORT int sc_shm_is_abandoned(const sc_shm_s *shm);

// Removes the name if it still is this segment's. Doing it again is no error.
SC_EXPORT int sc_shm_unlink(sc_shm_s *shm);

// Unlinks all open segments created by this process. For its exit; from any thread.
SC_EXPORT void sc_shm_unlink_created(void);

// A view keeps the mapping. The deallocator, with JavaScriptCore's signature (bytes, context = shm), gives it back.
SC_EXPORT void sc_shm_retain_view(sc_shm_s *shm);
SC_EXPORT void *sc_shm_view_deallocator(void);

// Closes the descriptor, gives the lock up and drops the handle.
SC_EXPORT void sc_shm_close(sc_shm_s *shm);

// Removes every "scenecast_*" segment that nobody owns. Writes the names, each ended by '\n', as far as they fit
// into `names`, and returns how many were removed.
SC_EXPORT int sc_shm_sweep(char *names, uint64_t capacity);
