// Head, tail and lock of FURY's circular queue: three int32 at the start of a segment.
#pragma once

#include "shm.h"

// Sets head and tail if at that very moment the three words still are `head`, `tail` and `lock`, in one atomic step.
// A program that takes the lock without asking, as FURY's may, does so either before, and nothing is changed, or
// afterwards, and finds the new head and tail. In local memory (local_memory.h) there are no such programs: there the lock
// itself is proof, and whoever holds it may take two steps.
// 1 when they were set, 0 when not, or an error.
SC_EXPORT int sc_head_tail_replace(
	sc_shm_s *shm, int32_t lock, int32_t head, int32_t tail, int32_t new_head, int32_t new_tail);
