#define _GNU_SOURCE
#include "frame_copy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "local_memory.h"

typedef struct {
	const sc_shm_s *info;
	uint64_t index_offset;
	uint64_t stamp_offset;
	uint64_t stamp;
	uint32_t slot;
	uint32_t slots;
	int64_t sampled_at;   // ns
	int64_t max_gap;      // ns between two samples
} guard_s;

static int check_range(const sc_shm_s *shm, uint64_t offset, uint64_t length, const char *what) {
	if (offset > shm->size || shm->size - offset < length) {
		return sc_fail(SC_E_INVALID, "%s%s: %s at byte %llu, %llu bytes long, is outside its %zu bytes",
			SC_SEGMENT_NAME(shm), what, (unsigned long long)offset, (unsigned long long)length, shm->size);
	}
	return SC_OK;
}

static int check_copy(uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length) {
	if (out_size < length) {
		return sc_fail(SC_E_TOO_SMALL, "%llu bytes do not fit into a buffer of %llu", (unsigned long long)length,
			(unsigned long long)out_size);
	}
	return check_range(shm, offset, length, "a frame");
}

static int fail_truncated(const sc_shm_s *shm) {
	return sc_fail(SC_E_TOO_SMALL, "%s%s: was truncated by its owner", SC_SEGMENT_NAME(shm));
}

static int fail_changed(void) { return sc_fail(SC_E_CHANGED, "the frame is being written"); }

// Returns SC_E_TOO_SMALL if a segment was truncated; a copy may then contain zeros.
static int check_current(const sc_shm_s *a, const sc_shm_s *b) {
	if (!sc_is_local(a) && !sc_shm_is_current(a)) {
		return fail_truncated(a);
	}
	return sc_is_local(b) || sc_shm_is_current(b) ? SC_OK : fail_truncated(b);
}

// Copies from the first difference on; false if there is none.
static bool copy_changes(uint8_t *out, const uint8_t *from, uint64_t length) {
	for (uint64_t done = 0; done < length; done += SC_COPY_CHUNK) {
		const uint64_t left = length - done;
		if (memcmp(out + done, from + done, left < SC_COPY_CHUNK ? left : SC_COPY_CHUNK) != 0) {
			memcpy(out + done, from + done, left);
			return true;
		}
	}
	return false;
}

int sc_copy_sequenced(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *guard, uint64_t sequence_offset) {
	if (check_copy(out_size, shm, offset, length) < 0
		|| check_range(guard, sequence_offset, sizeof(uint32_t), "a sequence word") < 0
		|| check_current(shm, guard) < 0) {
		return sc_error_code();
	}
	if (sequence_offset % sizeof(uint32_t) != 0) {
		return sc_fail(SC_E_INVALID, "a sequence word cannot be at byte %llu", (unsigned long long)sequence_offset);
	}
	const uint32_t *sequence = (const uint32_t *)((const uint8_t *)guard->address + sequence_offset);
	const uint32_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
	if (before % 2 == 0) {
		const bool changed = copy_changes(out, (const uint8_t *)shm->address + offset, length);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(sequence, __ATOMIC_RELAXED) == before) {
			if (check_current(shm, guard) < 0) {
				return sc_error_code();
			}
			return changed ? SC_COPY_WHOLE : SC_COPY_SAME;
		}
	}
	return fail_changed();
}

static int read_guarded(const sc_shm_s *shm, void *out, size_t length, uint64_t offset) {
	if (sc_is_local(shm) || shm->guard >= 0) {
		// The reads of different calls must not be reordered: samples are taken around copies.
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		memcpy(out, (const uint8_t *)shm->address + offset, length);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		return SC_OK;
	}
	for (size_t done = 0; done < length;) {
		const ssize_t got = pread(shm->fd, (uint8_t *)out + done, length - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return fail_truncated(shm);
		}
		done += (size_t)got;
	}
	return SC_OK;
}

// SC_OK if the buffer is not the one being rewritten.
static int guard_sample(guard_s *guard) {
	uint32_t index;
	uint64_t stamp;
	if (read_guarded(guard->info, &index, sizeof(index), guard->index_offset) < 0
		|| read_guarded(guard->info, &stamp, sizeof(stamp), guard->stamp_offset) < 0) {
		return sc_error_code();
	}
	const int64_t now = sc_now_ns();
	if (now - guard->sampled_at > guard->max_gap) {
		guard->max_gap = now - guard->sampled_at;
	}
	guard->sampled_at = now;
	const uint32_t rewriting = (index + 1) % guard->slots;
	if (index >= guard->slots || (guard->slots > 1 && rewriting == guard->slot) || stamp != guard->stamp) {
		return fail_changed();
	}
	return SC_OK;
}

static int guard_init(guard_s *guard) {
	uint32_t index;
	if (read_guarded(guard->info, &index, sizeof(index), guard->index_offset) < 0
		|| read_guarded(guard->info, &guard->stamp, sizeof(guard->stamp), guard->stamp_offset) < 0) {
		return sc_error_code();
	}
	if (index != guard->slot) {
		return sc_fail(SC_E_CHANGED, "buffer %u is not the current one", guard->slot);
	}
	guard->max_gap = 0;
	guard->sampled_at = sc_now_ns();
	return guard_sample(guard);
}

static int copy_guarded(uint8_t *out, const sc_shm_s *shm, uint64_t offset, uint64_t length, guard_s *guard, bool *changed) {
	uint8_t chunk[SC_COPY_CHUNK];
	*changed = false;
	for (uint64_t done = 0; done < length; done += SC_COPY_CHUNK) {
		const uint64_t left = length - done;
		const size_t size = left < SC_COPY_CHUNK ? left : SC_COPY_CHUNK;
		if (read_guarded(shm, *changed ? out + done : chunk, size, offset + done) < 0 || guard_sample(guard) < 0) {
			return sc_error_code();
		}
		if (!*changed && memcmp(out + done, chunk, size) != 0) {
			memcpy(out + done, chunk, size);
			*changed = true;
		}
	}
	return SC_OK;
}

static int compare_guarded(const uint8_t *copy, const sc_shm_s *shm, uint64_t offset, uint64_t length, guard_s *guard) {
	uint8_t chunk[SC_COPY_CHUNK];
	for (uint64_t done = 0; done < length; done += SC_COPY_CHUNK) {
		const uint64_t left = length - done;
		const size_t size = left < SC_COPY_CHUNK ? left : SC_COPY_CHUNK;
		if (read_guarded(shm, chunk, size, offset + done) < 0 || guard_sample(guard) < 0) {
			return sc_error_code();
		}
		if (memcmp(copy + done, chunk, size) != 0) {
			return fail_changed();
		}
	}
	return SC_OK;
}

int sc_copy_indexed(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *info, uint64_t index_offset, uint64_t stamp_offset, uint32_t slot, uint32_t slots) {
	if (check_copy(out_size, shm, offset, length) < 0
		|| check_range(info, index_offset, sizeof(uint32_t), "an index word") < 0
		|| check_range(info, stamp_offset, sizeof(uint64_t), "a width and height") < 0) {
		return sc_error_code();
	}
	if (slots == 0 || slot >= slots) {
		return sc_fail(SC_E_INVALID, "there is no buffer %u of %u", slot, slots);
	}
	if (check_current(shm, info) < 0) {
		return sc_error_code();
	}
	guard_s guard = { info, index_offset, stamp_offset, 0, slot, slots, 0, 0 };
	bool changed;
	if (guard_init(&guard) < 0 || copy_guarded(out, shm, offset, length, &guard, &changed) < 0) {
		return sc_error_code();
	}
	// The division comes first, so that `slots`, which another process writes, cannot cause an overflow.
	const int64_t cycle_ns = (int64_t)(length / SC_COPY_BYTES_PER_NS * slots);
	if ((slots == 1 || guard.max_gap >= cycle_ns) && compare_guarded(out, shm, offset, length, &guard) < 0) {
		return sc_error_code();
	}
	if (check_current(shm, info) < 0) {
		return sc_error_code();
	}
	if (!changed) {
		return SC_COPY_SAME;
	}
	return slots == 1 ? SC_COPY_UNPROVEN : SC_COPY_WHOLE;
}
