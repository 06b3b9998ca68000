#include "head_tail.h"

#include <string.h>

#include "error.h"
#include "local_memory.h"

enum { HEAD, TAIL, LOCK, WORDS };

// Four words, because 16 bytes can be compared and exchanged atomically. The fourth is beyond the segment's 12 bytes, in the rest
// of its page, which is part of every mapping.
typedef unsigned __int128 quad_t;

static quad_t load_quad(const int32_t words[4]) {
	quad_t quad;
	memcpy(&quad, words, sizeof(quad));
	return quad;
}

#ifdef __x86_64__
__attribute__((target("cx16")))
#endif
static bool replace_atomically(int32_t *words, const int32_t before[4], const int32_t after[4]) {
	return __sync_bool_compare_and_swap((quad_t *)(void *)words, load_quad(before), load_quad(after));
}

static bool replace_locked(int32_t *words, const int32_t before[4], const int32_t after[4]) {
	for (int index = 0; index < WORDS; ++index) {
		if (__atomic_load_n(&words[index], __ATOMIC_SEQ_CST) != before[index]) return false;
	}
	// The head last: it publishes the rows.
	__atomic_store_n(&words[TAIL], after[TAIL], __ATOMIC_SEQ_CST);
	__atomic_store_n(&words[HEAD], after[HEAD], __ATOMIC_SEQ_CST);
	return true;
}

int sc_head_tail_replace(
	sc_shm_s *shm, int32_t lock, int32_t head, int32_t tail, int32_t new_head, int32_t new_tail) {
	if (sc_shm_size(shm) < WORDS * sizeof(int32_t)) {
		return sc_fail(SC_E_TOO_SMALL, "%s%s is too small for head, tail and lock of a queue", SC_SEGMENT_NAME(shm));
	}
	int32_t *words = sc_shm_address(shm);
	int32_t before[4] = {head, tail, lock, 0};
	int32_t after[4] = {new_head, new_tail, lock, 0};
	if (sc_is_local(shm)) return replace_locked(words, before, after);
	before[3] = after[3] = __atomic_load_n(&words[WORDS], __ATOMIC_SEQ_CST);
	return replace_atomically(words, before, after);
}
