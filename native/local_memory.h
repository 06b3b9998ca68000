// Memory of this process that its threads share (a SharedArrayBuffer of JavaScript), as a segment without a descriptor:
// frame_copy.h and word_watch.h take it like one of /dev/shm. Nobody can cut it short, and JavaScript alone keeps it.
#pragma once

#include "shm.h"

// "/dev/shm/name", or what a segment without a file is called: two arguments for "%s%s".
#define SC_SEGMENT_NAME(shm) (sc_is_local(shm) ? "" : SC_SHM_DIRECTORY "/"), (shm)->name

// The object for `size` bytes at `address`, which must stay there until sc_local_destroy. NULL on error.
SC_EXPORT sc_shm_s *sc_local_create(void *address, uint64_t size);
SC_EXPORT void sc_local_destroy(sc_shm_s *memory);

static inline bool sc_is_local(const sc_shm_s *shm) { return shm->fd < 0; }
