#define _GNU_SOURCE
#include "frame_copy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
	int64_t longest_gap;  // ns between two samples
} _guard_s;

static int _check_range(const sc_shm_s *shm, uint64_t offset, uint64_t length, const char *what) {
	if (offset > shm->size || shm->size - offset < length) {
		return sc_fail(SC_E_INVALID, "%s%s: %s at byte %llu, %llu bytes long, is outside its %zu bytes",
			SC_SEGMENT_NAME(shm), what, (unsigned long long)offset, (unsigned long long)length, shm->size);
	}
	return SC_OK;
}

static int _check_copy(uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length) {
	if (out_size < length) {
		return sc_fail(SC_E_TOO_SMALL, "%llu bytes do not fit into a buffer of %llu", (unsigned long long)length,
			(unsigned long long)out_size);
	}
	return _check_range(shm, offset, length, "a frame");
}

static int _check_current(const sc_shm_s *shm) {
	return sc_is_local(shm) || sc_shm_is_current(shm) ? SC_OK
		: sc_fail(SC_E_TOO_SMALL, "%s%s: was cut short by its owner", SC_SEGMENT_NAME(shm));
}

int sc_copy_plain(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length) {
	if (_check_copy(out_size, shm, offset, length) < 0 || _check_current(shm) < 0) {
		return sc_error_code();
	}
	memcpy(out, (const uint8_t *)shm->address + offset, length);
	return SC_OK;
}

// Copies from the first difference on; false when there is none.
static bool _copy_changes(uint8_t *out, const uint8_t *from, uint64_t length) {
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
	if (_check_copy(out_size, shm, offset, length) < 0
		|| _check_range(guard, sequence_offset, sizeof(uint32_t), "a sequence word") < 0
		|| _check_current(shm) < 0 || _check_current(guard) < 0) {
		return sc_error_code();
	}
	if (sequence_offset % sizeof(uint32_t) != 0) {
		return sc_fail(SC_E_INVALID, "a sequence word cannot be at byte %llu", (unsigned long long)sequence_offset);
	}
	const uint32_t *sequence = (const uint32_t *)((const uint8_t *)guard->address + sequence_offset);
	const uint32_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
	if (before % 2 == 0) {
		const bool changed = _copy_changes(out, (const uint8_t *)shm->address + offset, length);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(sequence, __ATOMIC_RELAXED) == before) {
			// Once more: of a mapping that was cut meanwhile, zeros were copied.
			if (_check_current(shm) < 0 || _check_current(guard) < 0) {
				return sc_error_code();
			}
			return changed ? SC_COPY_WHOLE : SC_COPY_SAME;
		}
	}
	return sc_fail(SC_E_CHANGED, "the frame is being written");
}

static int _read(const sc_shm_s *shm, void *out, size_t length, uint64_t offset) {
	if (sc_is_local(shm) || shm->guard >= 0) {
		// What is read by one call must not move into another: samples are taken around copies.
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
			return sc_fail(SC_E_TOO_SMALL, "%s%s: was cut short by its owner", SC_SEGMENT_NAME(shm));
		}
		done += (size_t)got;
	}
	return SC_OK;
}

static int64_t _now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// SC_OK while the buffer is not the one being rewritten.
static int _guard_sample(_guard_s *guard) {
	uint32_t index;
	uint64_t stamp;
	if (_read(guard->info, &index, sizeof(index), guard->index_offset) < 0
		|| _read(guard->info, &stamp, sizeof(stamp), guard->stamp_offset) < 0) {
		return sc_error_code();
	}
	const int64_t now = _now();
	if (now - guard->sampled_at > guard->longest_gap) {
		guard->longest_gap = now - guard->sampled_at;
	}
	guard->sampled_at = now;
	const uint32_t rewriting = (index + 1) % guard->slots;
	if (index >= guard->slots || (guard->slots > 1 && rewriting == guard->slot) || stamp != guard->stamp) {
		return sc_fail(SC_E_CHANGED, "the frame is being written");
	}
	return SC_OK;
}

static int _guard_init(_guard_s *guard) {
	uint32_t index;
	if (_read(guard->info, &index, sizeof(index), guard->index_offset) < 0
		|| _read(guard->info, &guard->stamp, sizeof(guard->stamp), guard->stamp_offset) < 0) {
		return sc_error_code();
	}
	if (index != guard->slot) {
		return sc_fail(SC_E_CHANGED, "buffer %u is not the current one", guard->slot);
	}
	guard->longest_gap = 0;
	guard->sampled_at = _now();
	return _guard_sample(guard);
}

static int _copy(uint8_t *out, const sc_shm_s *shm, uint64_t offset, uint64_t length, _guard_s *guard, bool *changed) {
	uint8_t chunk[SC_COPY_CHUNK];
	*changed = false;
	for (uint64_t done = 0; done < length; done += SC_COPY_CHUNK) {
		const uint64_t left = length - done;
		const size_t size = left < SC_COPY_CHUNK ? left : SC_COPY_CHUNK;
		if (_read(shm, *changed ? out + done : chunk, size, offset + done) < 0 || _guard_sample(guard) < 0) {
			return sc_error_code();
		}
		if (!*changed && memcmp(out + done, chunk, size) != 0) {
			memcpy(out + done, chunk, size);
			*changed = true;
		}
	}
	return SC_OK;
}

static int _compare(const uint8_t *copy, const sc_shm_s *shm, uint64_t offset, uint64_t length, _guard_s *guard) {
	uint8_t chunk[SC_COPY_CHUNK];
	for (uint64_t done = 0; done < length; done += SC_COPY_CHUNK) {
		const uint64_t left = length - done;
		const size_t size = left < SC_COPY_CHUNK ? left : SC_COPY_CHUNK;
		if (_read(shm, chunk, size, offset + done) < 0 || _guard_sample(guard) < 0) {
			return sc_error_code();
		}
		if (memcmp(copy + done, chunk, size) != 0) {
			return sc_fail(SC_E_CHANGED, "the frame is being written");
		}
	}
	return SC_OK;
}

int sc_copy_indexed(uint8_t *out, uint64_t out_size, const sc_shm_s *shm, uint64_t offset, uint64_t length,
	const sc_shm_s *info, uint64_t index_offset, uint64_t stamp_offset, uint32_t slot, uint32_t slots) {
	if (_check_copy(out_size, shm, offset, length) < 0
		|| _check_range(info, index_offset, sizeof(uint32_t), "an index word") < 0
		|| _check_range(info, stamp_offset, sizeof(uint64_t), "a width and height") < 0) {
		return sc_error_code();
	}
	if (slots == 0 || slot >= slots) {
		return sc_fail(SC_E_INVALID, "there is no buffer %u of %u", slot, slots);
	}
	if (_check_current(shm) < 0 || _check_current(info) < 0) {
		return sc_error_code();
	}
	_guard_s guard = { info, index_offset, stamp_offset, 0, slot, slots, 0, 0 };
	bool changed;
	if (_guard_init(&guard) < 0 || _copy(out, shm, offset, length, &guard, &changed) < 0) {
		return sc_error_code();
	}
	// Divided first: slots comes from another process.
	const int64_t full_turn = (int64_t)(length / SC_COPY_BYTES_PER_NS * slots);
	if ((slots == 1 || guard.longest_gap >= full_turn) && _compare(out, shm, offset, length, &guard) < 0) {
		return sc_error_code();
	}
	// Once more: of a mapping that was cut meanwhile, zeros were copied.
	if (_check_current(shm) < 0 || _check_current(info) < 0) {
		return sc_error_code();
	}
	if (!changed) {
		return SC_COPY_SAME;
	}
	return slots == 1 ? SC_COPY_UNPROVEN : SC_COPY_WHOLE;
}
