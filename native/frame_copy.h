// Tear-free copies out of a segment that another process may be writing.
//
// A sequenced frame (our format) has a sequence word (a seqlock): odd while the frame is written, even and larger afterwards. The
// copy is consistent if and only if the word was even before it and is the same after it.
//
// An indexed frame (plain FURY) has no sequence. The writer fills buffer (index + 1) mod n, then that buffer's width and height,
// then sets the index. Buffer i is therefore rewritten only while the index is (i - 1) mod n, and a copy of it is consistent if
// the index did not have that value during the copy:
//  - n >= 2: the index is sampled before, after and between chunks. This misses a writer that cycles through all buffers between
//    two samples, which takes at least the time that memory needs for n frames (SC_COPY_BYTES_PER_NS). If two samples are
//    further apart (the thread was preempted, or the frame is tiny), the copy is compared with the segment once more. A torn
//    frame is accepted only if the writer cycled unseen twice and the bytes agree by chance.
//  - n = 1: the only buffer is always the one being rewritten. A second read can confirm the copy, but a writer that paused in
//    the middle of a frame gives the same result: SC_COPY_UNPROVEN.
// The writer is a foreign program. If it truncates its segment during the copy, the fault guard puts zeros there, and the size is
// checked again after the copy. A mapping without a guard is read by pread, which takes three times as long.
//
// Up to the first byte that differs from `out`, a copy only compares, which is faster than writing: that a producer wrote the
// same frame again is thus detected at no cost.
#pragma once

#include "shm.h"

#define SC_COPY_CHUNK 65536
#define SC_COPY_BYTES_PER_NS 128

enum {
	SC_COPY_WHOLE = 0,
	SC_COPY_UNPROVEN = 1,
	SC_COPY_SAME = 2, // whole or unproven, and `out` already held the same bytes
};

// SC_COPY_WHOLE, SC_COPY_SAME, or SC_E_CHANGED if the frame is being written.
SC_EXPORT int sc_copy_sequenced(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *guard, uint64_t sequence_offset);

// SC_COPY_WHOLE, SC_COPY_UNPROVEN, SC_COPY_SAME, or SC_E_CHANGED. `index_offset`: the 32-bit index of the current buffer in `info`;
// `stamp_offset`: 8 bytes there that must not change either (the width and height of buffer `slot` of `slots`).
SC_EXPORT int sc_copy_indexed(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *info, uint64_t index_offset, uint64_t stamp_offset, uint32_t slot, uint32_t slots);
