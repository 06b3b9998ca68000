#include "mesh_records.h"

#include <string.h>

#include "error.h"
#include "mesh_weld.h"

#define POSITION_BYTES 12
#define SET_BITS 14
#define WAYS 4

typedef uint32_t lanes_t __attribute__((vector_size(4 * WAYS)));

// One set of a set-associative cache, the size of a cache line. The newest entry is the first.
typedef struct {
	lanes_t bits[3];
	lanes_t number; // of the vertex, plus 1; 0 if the entry is unused
} set_s;

_Static_assert(sizeof(set_s) << SET_BITS == SC_RECORDS_CACHE_BYTES, "the cache has 2^SET_BITS sets");

// Collisions only make the mesh larger, so that a hash with a random seed is not needed.
static inline uint32_t set_of(const uint32_t bits[3]) {
	const uint64_t mixed = (bits[0] | (uint64_t)bits[1] << 32) * 0x9e3779b97f4a7c15 ^ bits[2] * 0xc2b2ae3d27d4eb4f;
	return (uint32_t)((mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15 >> (64 - SET_BITS));
}

// Returns the number of the vertex at a position, plus 1, or 0.
static inline uint32_t find(const set_s *set, const uint32_t bits[3]) {
	const lanes_t difference = (set->bits[0] ^ bits[0]) | (set->bits[1] ^ bits[1]) | (set->bits[2] ^ bits[2]);
	const lanes_t number = (lanes_t)(difference == 0) & set->number;
	return number[0] | number[1] | number[2] | number[3];
}

static inline void push(lanes_t *lanes, uint32_t value) { *lanes = (lanes_t){ value, (*lanes)[0], (*lanes)[1], (*lanes)[2] }; }

static inline void index_corner(const uint8_t *from, set_s *sets, float *coordinates, uint64_t *vertices, uint32_t *index) {
	float values[3];
	uint32_t bits[3];
	memcpy(values, from, POSITION_BYTES);
	for (int axis = 0; axis < 3; ++axis) {
		values[axis] += 0.0f; // turns -0 into 0
	}
	memcpy(bits, values, POSITION_BYTES);
	set_s *set = &sets[set_of(bits)];
	uint32_t number = find(set, bits);
	if (number == 0) {
		memcpy(&coordinates[3 * *vertices], values, POSITION_BYTES);
		number = (uint32_t)++*vertices;
		for (int axis = 0; axis < 3; ++axis) {
			push(&set->bits[axis], bits[axis]);
		}
		push(&set->number, number);
	}
	*index = number - 1;
}

int64_t sc_records_index(const uint8_t *bytes, uint64_t size, uint64_t records, uint64_t offset, uint64_t stride, void *cache,
	float *coordinates, uint64_t vertices, uint64_t capacity, uint32_t *indices, uint64_t indices_length) {
	if (records == 0) {
		return (int64_t)vertices;
	}
	if (records > SC_MESH_MAX_COUNT / 3 || stride > 1 << 20 || offset > stride || stride - offset < 3 * POSITION_BYTES
		|| vertices > capacity || capacity > SC_MESH_MAX_COUNT || (uintptr_t)cache % sizeof(lanes_t) != 0) {
		return sc_fail(SC_E_INVALID, "cannot index %llu records of %llu bytes", (unsigned long long)records,
			(unsigned long long)stride);
	}
	if (size < (records - 1) * stride + offset + 3 * POSITION_BYTES || capacity - vertices < 3 * records || indices_length < 3 * records) {
		return sc_fail(SC_E_TOO_SMALL, "%llu records exceed their arrays", (unsigned long long)records);
	}
	set_s *sets = cache;
	for (uint64_t record = 0; record < records; ++record) {
		const uint8_t *from = bytes + record * stride + offset;
		for (uint64_t corner = 0; corner < 3; ++corner) {
			index_corner(from + corner * POSITION_BYTES, sets, coordinates, &vertices, &indices[3 * record + corner]);
		}
	}
	return (int64_t)vertices;
}
