#define _GNU_SOURCE
#include "mesh_weld.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "parallel.h"

#define EMPTY UINT32_MAX
// Vertices per range of a parallel loop: a multiple of 64, the bits of a word of `firsts`.
#define GRAIN (1 << 17)
// Vertices that are inserted between two checks whether the table is full.
#define BLOCK 8192
// Entries of each thread's cache of recently found positions: 512 KiB, to fit into the processor's cache. Neighbouring triangles share
// vertices: four of five vertices of an STL file are found here.
#define RECENT (1 << 15)
// Vertices whose slots are prefetched together, to hide the memory latency.
#define BATCH 128
// Size of a huge page. Random access to a table of 64 MiB takes a quarter less time with huge pages.
#define HUGE_PAGE (1 << 21)
// Maximum number of vertices for which the table is made large enough for all of them.
#define SMALL (1 << 20)

typedef struct {
	uint32_t bits[3];
} position_s;

typedef struct {
	position_s position;
	uint32_t slot; // EMPTY if the entry is unused
} recent_s;

typedef struct {
	sc_positions_s positions;
	uint64_t count;
	uint32_t *table; // hash table: the first vertex at a position; later the number of the position
	uint64_t mask;
	uint64_t limit; // maximum number of used slots
	uint64_t used;
	int is_full;
	int has_failed;
	uint64_t seed[2];
	uint32_t *ids;        // the slot of each vertex; later the number of its position
	uint64_t *firsts;     // a bit for each vertex: set if it was the first at its position when inserted, cleared later if a lower one is there
	uint32_t *range_base; // number of the first position of each range
} weld_s;

static inline const uint8_t *address_of(const sc_positions_s *positions, uint64_t vertex) {
	if (positions->per_record == 1) {
		return positions->bytes + vertex * positions->stride;
	}
	// Division by a constant is faster.
	const uint64_t record = positions->per_record == 3 ? vertex / 3 : vertex / positions->per_record;
	return positions->bytes + record * positions->stride + (vertex - record * positions->per_record) * 12;
}

static inline position_s position_of(const sc_positions_s *positions, uint64_t vertex) {
	float values[3];
	memcpy(values, address_of(positions, vertex), sizeof(values));
	for (int axis = 0; axis < 3; ++axis) {
		values[axis] += 0.0f; // turns -0 into 0
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
static uint64_t find_slot(weld_s *weld, uint64_t slot, position_s position, uint32_t vertex, uint64_t *added) {
	for (;; slot = (slot + 1) & weld->mask) {
		uint32_t *entry = &weld->table[slot];
		uint32_t other = __atomic_load_n(entry, __ATOMIC_RELAXED);
		if (other == EMPTY
			&& __atomic_compare_exchange_n(entry, &other, vertex, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			weld->firsts[vertex / 64] |= (uint64_t)1 << vertex % 64;
			++*added;
			return slot;
		}
		if (!is_same(position_of(&weld->positions, other), position)) {
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
static void insert_batch(weld_s *weld, recent_s *recent, uint64_t start, uint64_t size, uint64_t *added) {
	position_s positions[BATCH];
	uint64_t hashes[BATCH];
	uint32_t missing[BATCH];
	uint32_t missing_count = 0;
	for (uint32_t i = 0; i < size; ++i) {
		positions[i] = position_of(&weld->positions, start + i);
		hashes[i] = hash_of(weld, positions[i]);
		const recent_s *known = &recent[hashes[i] >> 32 & (RECENT - 1)];
		if (known->slot != EMPTY && is_same(known->position, positions[i])) {
			weld->ids[start + i] = known->slot;
		} else {
			__builtin_prefetch(&weld->table[hashes[i] & weld->mask]);
			missing[missing_count++] = i;
		}
	}
	for (uint32_t at = 0; at < missing_count; ++at) {
		const uint32_t other = __atomic_load_n(&weld->table[hashes[missing[at]] & weld->mask], __ATOMIC_RELAXED);
		if (other != EMPTY) {
			__builtin_prefetch(address_of(&weld->positions, other));
		}
	}
	for (uint32_t at = 0; at < missing_count; ++at) {
		const uint32_t i = missing[at];
		const uint64_t slot = find_slot(weld, hashes[i] & weld->mask, positions[i], (uint32_t)(start + i), added);
		weld->ids[start + i] = (uint32_t)slot;
		recent[hashes[i] >> 32 & (RECENT - 1)] = (recent_s){ positions[i], (uint32_t)slot };
	}
}

static void insert_range(void *context, uint64_t begin, uint64_t end) {
	weld_s *weld = context;
	recent_s *recent = malloc(RECENT * sizeof(*recent));
	if (recent == NULL) {
		__atomic_store_n(&weld->has_failed, 1, __ATOMIC_RELAXED);
		return;
	}
	memset(recent, 0xff, RECENT * sizeof(*recent));
	memset(&weld->firsts[begin / 64], 0, (end - begin + 63) / 64 * sizeof(*weld->firsts));
	for (uint64_t block = begin; block < end && !__atomic_load_n(&weld->is_full, __ATOMIC_RELAXED); block += BLOCK) {
		const uint64_t block_end = end - block < BLOCK ? end : block + BLOCK;
		uint64_t added = 0;
		for (uint64_t start = block; start < block_end; start += BATCH) {
			insert_batch(weld, recent, start, block_end - start < BATCH ? block_end - start : BATCH, &added);
		}
		if (__atomic_add_fetch(&weld->used, added, __ATOMIC_RELAXED) > weld->limit) {
			__atomic_store_n(&weld->is_full, 1, __ATOMIC_RELAXED);
		}
	}
	free(recent);
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
	weld->firsts = malloc((weld->count + 63) / 64 * sizeof(*weld->firsts));
	weld->range_base = malloc((weld->count + GRAIN - 1) / GRAIN * sizeof(*weld->range_base));
	return weld->firsts == NULL || weld->range_base == NULL ? no_memory(weld) : SC_OK;
}

static int insert_all(weld_s *weld, uint64_t slots) {
	uint64_t size = 16;
	while (size < slots) {
		size *= 2;
	}
	free(weld->table);
	const uint64_t bytes = size * sizeof(*weld->table);
	weld->table = bytes < HUGE_PAGE ? malloc(bytes) : aligned_alloc(HUGE_PAGE, bytes);
	if (weld->table == NULL) {
		return no_memory(weld);
	}
	if (bytes >= HUGE_PAGE) {
		madvise(weld->table, bytes, MADV_HUGEPAGE);
	}
	weld->mask = size - 1;
	weld->limit = size / 4 * 3;
	weld->used = 0;
	weld->is_full = 0;
	sc_parallel_for(size, 1 << 20, clear_range, weld);
	sc_parallel_for(weld->count, GRAIN, insert_range, weld);
	return weld->has_failed ? no_memory(weld) : SC_OK;
}

// Returns the number of distinct positions.
static int64_t number_all(weld_s *weld) {
	const uint64_t ranges = (weld->count + GRAIN - 1) / GRAIN;
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

static int check_positions(const sc_positions_s *positions, uint64_t count) {
	const uint64_t per_record = positions->per_record;
	if (count > SC_MESH_MAX_COUNT || per_record < 1 || per_record > 3 || positions->stride < 12 * per_record
		|| positions->stride > 1 << 20 || count % per_record != 0) {
		return sc_fail(SC_E_INVALID, "cannot read %llu positions, %llu in each %llu bytes", (unsigned long long)count,
			(unsigned long long)per_record, (unsigned long long)positions->stride);
	}
	const uint64_t needed = count == 0 ? 0 : (count / per_record - 1) * positions->stride + 12 * per_record;
	if (positions->size < needed) {
		return sc_fail(SC_E_TOO_SMALL, "%llu positions need %llu bytes, but have %llu", (unsigned long long)count,
			(unsigned long long)needed, (unsigned long long)positions->size);
	}
	return SC_OK;
}

int64_t sc_mesh_weld(const uint8_t *bytes, uint64_t size, uint64_t stride, uint32_t per_record, uint32_t *ids, uint64_t count) {
	weld_s weld = { .positions = { bytes, size, stride, per_record }, .count = count, .ids = ids };
	if (check_positions(&weld.positions, count) < 0) {
		return sc_error_code();
	}
	if (count == 0) {
		return 0;
	}
	if (getentropy(weld.seed, sizeof(weld.seed)) < 0) {
		return sc_fail_errno("cannot get random bytes");
	}
	weld.seed[1] |= 1;
	// Initial size: enough if all positions are distinct, as in most indexed meshes. In a triangle soup of a closed surface, a sixth of
	// the positions is distinct.
	const uint64_t enough = count <= SMALL ? 2 * count : count + count / 2;
	int64_t result = allocate(&weld);
	if (result == SC_OK) {
		result = insert_all(&weld, per_record == 1 || count <= SMALL ? enough : count / 2);
	}
	if (result == SC_OK && weld.is_full) {
		result = insert_all(&weld, enough);
	}
	if (result == SC_OK) {
		result = number_all(&weld);
	}
	free(weld.table);
	free(weld.firsts);
	free(weld.range_base);
	return result;
}

int sc_mesh_distinct_positions(const uint8_t *bytes, uint64_t size, uint64_t stride, uint32_t per_record, const uint32_t *ids,
	uint64_t count, float *out, uint64_t out_count) {
	const sc_positions_s positions = { bytes, size, stride, per_record };
	if (check_positions(&positions, count) < 0) {
		return sc_error_code();
	}
	uint64_t next = 0;
	for (uint64_t vertex = 0; vertex < count && next < out_count; ++vertex) {
		if (ids[vertex] == next) {
			memcpy(&out[3 * next++], address_of(&positions, vertex), 12);
		}
	}
	return next == out_count ? SC_OK : sc_fail(SC_E_INVALID, "there are fewer than %llu distinct positions", (unsigned long long)out_count);
}
