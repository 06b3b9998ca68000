// Welding: vertices with equal coordinates get the same position number.
#pragma once

#include "scenecast.h"

// Maximum number of vertices and of corners of a mesh. The hash table then has at most 2^32 slots.
#define SC_MESH_MAX_COUNT 0x7fffffff

// Positions within records: `per_record` (1 to 3) positions of three float32 each, at the start of every `stride` bytes, not
// necessarily aligned. A tightly packed array has a stride of 12; a binary STL file has three positions in records of 50 bytes.
typedef struct {
	const uint8_t *bytes;
	uint64_t size; // length of `bytes`
	uint64_t stride;
	uint32_t per_record;
} sc_positions_s;

// Writes the position number of each vertex, in the order of first occurrence. -0 equals 0, and NaN equals NaN of the same bits.
// Returns the number of distinct positions. Takes linear time for any input: the hash has a random seed.
SC_EXPORT int64_t sc_mesh_weld(const uint8_t *bytes, uint64_t size, uint64_t stride, uint32_t per_record, uint32_t *ids,
	uint64_t count);

// Writes the first `out_count` distinct positions, in the order of their numbers from sc_mesh_weld.
SC_EXPORT int sc_mesh_distinct_positions(const uint8_t *bytes, uint64_t size, uint64_t stride, uint32_t per_record,
	const uint32_t *ids, uint64_t count, float *out, uint64_t out_count);
