// Head, tail and lock of FURY's circular queue: three int32 at the start of a segment.
#pragma once

#include "shm.h"

// Atomically sets head and tail if the three words are `head`, `tail` and `lock` (compare and exchange). A program that ignores
// the lock, as FURY's may, acts either before, and nothing is set, or afterwards, and sees the new head and tail. Local memory
// (local_memory.h) is not shared with such programs: there the holder of the lock sets the two words one after the other.
// Returns 1 if they were set, 0 if not, or an error.
SC_EXPORT int sc_head_tail_replace(
	sc_shm_s *shm, int32_t lock, int32_t head, int32_t tail, int32_t new_head, int32_t new_tail);
