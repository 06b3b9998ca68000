#define _GNU_SOURCE
#include "mesh_weld.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "mesh_index.h"
#include "parallel.h"

#define EMPTY UINT32_MAX
// Vertices per range of a parallel loop: a multiple of 64, the bits of a word of `firsts`.
#define GRAIN (1 << 17)
// Vertices whose slots are prefetched together, to hide the memory latency.
#define BATCH 128
// Size of a huge page. Random access to a table of 64 MiB takes a quarter less time with huge pages.
#define HUGE_PAGE (1 << 21)

typedef struct {
	uint32_t bits[3];
} position_s;

typedef struct {
	const float *coordinates;
	uint64_t count;
	uint32_t *table; // hash table: the first vertex at a position; later the number of the position
	uint64_t mask;
	uint64_t seed[2];
	uint32_t *ids;        // the slot of each vertex; later the number of its position
	uint64_t *firsts;     // a bit for each vertex: set if it was the first at its position when inserted, cleared later if a lower one is there
	uint32_t *range_base; // number of the first position of each range
} weld_s;

static inline position_s position_of(const weld_s *weld, uint64_t vertex) {
	float values[3];
	for (uint64_t axis = 0; axis < 3; ++axis) {
		values[axis] = weld->coordinates[3 * vertex + axis] + 0.0f; // turns -0 into 0
	}
	position_s position;
	memcpy(position.bits, values, sizeof(values));
	return position;
}

static inline int is_same(position_s a, position_s b) {
	return a.bits[0] == b.bits[0] && a.bits[1] == b.bits[1] && a.bits[2] == b.bits[2];
}

// The multiply-and-fold step of wyhash.
static inline uint64_t fold(uint64_t a, uint64_t b) {
	const __uint128_t product = (__uint128_t)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_of(const weld_s *weld, position_s position) {
	const uint64_t xy = position.bits[0] | (uint64_t)position.bits[1] << 32;
	return fold(fold(xy ^ weld->seed[0], 0x9e3779b97f4a7c15) ^ position.bits[2], weld->seed[1]);
}

// Finds or inserts a position and returns its slot. After all insertions a slot contains the lowest vertex at its position, in whatever
// order the threads ran.
static uint64_t find_slot(weld_s *weld, uint64_t slot, position_s position, uint32_t vertex) {
	for (;; slot = (slot + 1) & weld->mask) {
		uint32_t *entry = &weld->table[slot];
		uint32_t other = __atomic_load_n(entry, __ATOMIC_RELAXED);
		if (other == EMPTY
			&& __atomic_compare_exchange_n(entry, &other, vertex, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			weld->firsts[vertex / 64] |= (uint64_t)1 << vertex % 64;
			return slot;
		}
		if (!is_same(position_of(weld, other), position)) {
			continue;
		}
		while (vertex < other) {
			if (__atomic_compare_exchange_n(entry, &other, vertex, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
				weld->firsts[vertex / 64] |= (uint64_t)1 << vertex % 64;
				break;
			}
		}
		return slot;
	}
}

// Inserts at most BATCH vertices, with their slots prefetched.
static void insert_batch(weld_s *weld, uint64_t start, uint64_t size) {
	position_s positions[BATCH];
	uint64_t slots[BATCH];
	for (uint64_t i = 0; i < size; ++i) {
		positions[i] = position_of(weld, start + i);
		slots[i] = hash_of(weld, positions[i]) & weld->mask;
		__builtin_prefetch(&weld->table[slots[i]]);
	}
	for (uint64_t i = 0; i < size; ++i) {
		const uint32_t other = __atomic_load_n(&weld->table[slots[i]], __ATOMIC_RELAXED);
		if (other != EMPTY) {
			__builtin_prefetch(&weld->coordinates[3 * (size_t)other]);
		}
	}
	for (uint64_t i = 0; i < size; ++i) {
		weld->ids[start + i] = (uint32_t)find_slot(weld, slots[i], positions[i], (uint32_t)(start + i));
	}
}

static void insert_range(void *context, uint64_t begin, uint64_t end) {
	weld_s *weld = context;
	memset(&weld->firsts[begin / 64], 0, (end - begin + 63) / 64 * sizeof(*weld->firsts));
	for (uint64_t start = begin; start < end; start += BATCH) {
		insert_batch(weld, start, end - start < BATCH ? end - start : BATCH);
	}
}

static void clear_range(void *context, uint64_t begin, uint64_t end) {
	weld_s *weld = context;
	memset(&weld->table[begin], 0xff, (end - begin) * sizeof(*weld->table));
}

// Clears the bits of vertices for which a lower vertex was inserted later.
static void find_firsts(void *context, uint64_t begin, uint64_t end) {
	weld_s *weld = context;
	uint32_t found = 0;
	for (uint64_t word = begin; word < end; word += 64) {
		uint64_t firsts = weld->firsts[word / 64];
		for (uint64_t bits = firsts; bits != 0; bits &= bits - 1) {
			const uint64_t vertex = word + (uint64_t)__builtin_ctzll(bits);
			if (weld->table[weld->ids[vertex]] != vertex) {
				firsts &= ~(bits & -bits);
			}
		}
		weld->firsts[word / 64] = firsts;
		found += (uint32_t)__builtin_popcountll(firsts);
	}
	weld->range_base[begin / GRAIN] = found;
}

static void number_firsts(void *context, uint64_t begin, uint64_t end) {
	weld_s *weld = context;
	uint32_t id = weld->range_base[begin / GRAIN];
	for (uint64_t word = begin; word < end; word += 64) {
		for (uint64_t bits = weld->firsts[word / 64]; bits != 0; bits &= bits - 1) {
			weld->table[weld->ids[word + (uint64_t)__builtin_ctzll(bits)]] = id++;
		}
	}
}

static void number_vertices(void *context, uint64_t begin, uint64_t end) {
	weld_s *weld = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		weld->ids[vertex] = weld->table[weld->ids[vertex]];
	}
}

static int no_memory(const weld_s *weld) {
	return sc_fail(SC_E_SYSTEM, "no memory to weld %llu vertices", (unsigned long long)weld->count);
}

static int allocate(weld_s *weld) {
	uint64_t size = 16;
	while (size < weld->count + weld->count / 2) {
		size *= 2;
	}
	weld->mask = size - 1;
	const uint64_t bytes = size * sizeof(*weld->table);
	weld->table = bytes < HUGE_PAGE ? malloc(bytes) : aligned_alloc(HUGE_PAGE, bytes);
	weld->firsts = malloc((weld->count + 63) / 64 * sizeof(*weld->firsts));
	weld->range_base = malloc((weld->count + GRAIN - 1) / GRAIN * sizeof(*weld->range_base));
	if (weld->table == NULL || weld->firsts == NULL || weld->range_base == NULL) {
		return no_memory(weld);
	}
	if (bytes >= HUGE_PAGE) {
		madvise(weld->table, bytes, MADV_HUGEPAGE);
	}
	return SC_OK;
}

// Numbers the positions. Returns the number of distinct positions.
static int64_t number_all(weld_s *weld) {
	const uint64_t ranges = (weld->count + GRAIN - 1) / GRAIN;
	sc_parallel_for(weld->mask + 1, 1 << 20, clear_range, weld);
	sc_parallel_for(weld->count, GRAIN, insert_range, weld);
	sc_parallel_for(weld->count, GRAIN, find_firsts, weld);
	uint32_t total = 0;
	for (uint64_t range = 0; range < ranges; ++range) {
		const uint32_t found = weld->range_base[range];
		weld->range_base[range] = total;
		total += found;
	}
	sc_parallel_for(weld->count, GRAIN, number_firsts, weld);
	sc_parallel_for(weld->count, GRAIN, number_vertices, weld);
	return total;
}

int64_t sc_mesh_weld(const float *coordinates, uint64_t count, uint32_t *ids) {
	weld_s weld = { .coordinates = coordinates, .count = count, .ids = ids };
	if (count > SC_MESH_MAX_COUNT) {
		return sc_fail(SC_E_INVALID, "a mesh cannot have %llu vertices", (unsigned long long)count);
	}
	if (count == 0) {
		return 0;
	}
	if (getentropy(weld.seed, sizeof(weld.seed)) < 0) {
		return sc_fail_errno("cannot get random bytes");
	}
	weld.seed[1] |= 1;
	const int64_t result = allocate(&weld) < 0 ? sc_error_code() : number_all(&weld);
	free(weld.table);
	free(weld.firsts);
	free(weld.range_base);
	return result;
}

typedef struct {
	const uint32_t *ids;
	uint32_t *indices;
} renumber_s;

static void renumber_range(void *context, uint64_t begin, uint64_t end) {
	renumber_s *renumber = context;
	for (uint64_t corner = begin; corner < end; ++corner) {
		renumber->indices[corner] = renumber->ids[renumber->indices[corner]];
	}
}

int64_t sc_mesh_weld_indexed(float *coordinates, uint64_t count, uint32_t *indices, uint64_t corners) {
	if (sc_mesh_check(count, indices, corners) < 0) {
		return sc_error_code();
	}
	uint32_t *ids = malloc((count + 1) * sizeof(*ids));
	if (ids == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory to weld %llu vertices", (unsigned long long)count);
	}
	const int64_t positions = sc_mesh_weld(coordinates, count, ids);
	if (positions >= 0) {
		uint32_t next = 0;
		for (uint64_t vertex = 0; vertex < count; ++vertex) {
			if (ids[vertex] == next) {
				memmove(&coordinates[3 * (size_t)next++], &coordinates[3 * vertex], 12);
			}
		}
		renumber_s renumber = { ids, indices };
		sc_parallel_for(corners, 1 << 18, renumber_range, &renumber);
	}
	free(ids);
	return positions;
}
