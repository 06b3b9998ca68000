// Memory shared by the threads of this process (a JavaScript SharedArrayBuffer), as a segment without a descriptor. frame_copy.h
// and word_watch.h accept it like one of /dev/shm. It cannot be truncated, and only JavaScript references keep it alive.
#pragma once

#include "shm.h"

// The name of a segment for messages, "/dev/shm/name" if it has a file: two arguments for "%s%s".
#define SC_SEGMENT_NAME(shm) (sc_is_local(shm) ? "" : SC_SHM_DIRECTORY "/"), (shm)->name

// The segment of `size` bytes at `address`, which must stay valid until sc_local_destroy. NULL on error.
SC_EXPORT sc_shm_s *sc_local_create(void *address, uint64_t size);
SC_EXPORT void sc_local_destroy(sc_shm_s *memory);

static inline bool sc_is_local(const sc_shm_s *shm) { return shm->fd < 0; }
