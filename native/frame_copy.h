// Copies out of a segment that another process may be writing.
//
// A sequenced frame (ours) has a sequence word: odd while it is written, even and larger afterwards. The copy is
// whole exactly when the word was even before and is the same after.
//
// An indexed frame (plain FURY) has no sequence. The writer fills buffer (index + 1) mod n, then that buffer's width
// and height, then sets the index. So buffer i is being rewritten only while the index is (i - 1) mod n, and a copy of
// it is whole when the index did not take that value while it ran:
//  - n >= 2: the index is sampled before, after and between chunks. That misses a writer that goes all the way round
//    between two samples. None can be faster than memory takes n frames (SC_COPY_BYTES_PER_NS); when two samples are
//    further apart than that (this thread was preempted, or the frame is tiny), the copy is compared with the segment
//    once more. A torn frame can pass only when the writer went round unseen twice and the bytes agree by chance.
//  - n = 1: the only buffer is always the one being rewritten. Equal to a second look is all that can be known of it,
//    and a writer that paused in the middle looks the same: SC_COPY_UNPROVEN.
// The writer is a foreign program. If it truncates its segment meanwhile, the fault guard puts zeros there and the size is
// looked at once more after the copy. A mapping without a guard is read by pread, which takes three times as long.
//
// Before its first difference to what `out` holds a copy is a comparison, which costs less than to write: so it is known
// for nothing that a producer wrote the same picture again.
#pragma once

#include "shm.h"

#define SC_COPY_CHUNK 65536
#define SC_COPY_BYTES_PER_NS 128

enum {
	SC_COPY_WHOLE = 0,
	SC_COPY_UNPROVEN = 1,
	SC_COPY_SAME = 2, // whole, or unproven, and `out` held these very bytes before
};

// No check of what happens meanwhile; the range is checked.
SC_EXPORT int sc_copy_plain(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length);

// SC_COPY_WHOLE, SC_COPY_SAME, or SC_E_CHANGED when the frame is being written.
SC_EXPORT int sc_copy_sequenced(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *guard, uint64_t sequence_offset);

// SC_COPY_WHOLE, SC_COPY_UNPROVEN, SC_COPY_SAME, or SC_E_CHANGED. `index_offset`: the 32-bit index of the current buffer in `info`;
// `stamp_offset`: 8 bytes there that must not change either (the width and height of buffer `slot` of `slots`).
SC_EXPORT int sc_copy_indexed(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *info, uint64_t index_offset, uint64_t stamp_offset, uint32_t slot, uint32_t slots);
