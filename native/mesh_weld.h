// Welding: vertices with equal coordinates get the same position number.
#pragma once

#include "scenecast.h"

// Maximum number of vertices and of corners of a mesh. The hash table then has at most 2^32 slots.
#define SC_MESH_MAX_COUNT 0x7fffffff

// Writes the position number of each vertex, in the order of first occurrence. `coordinates`: x, y, z of each vertex. -0 equals 0, and
// NaN equals NaN of the same bits. Returns the number of distinct positions. Takes linear time for any input: the hash has a random seed.
SC_EXPORT int64_t sc_mesh_weld(const float *coordinates, uint64_t count, uint32_t *ids);

// Welds the vertices of an indexed mesh: removes vertices whose coordinates are those of a lower one, and renumbers the indices. Returns
// the number of vertices that are left.
SC_EXPORT int64_t sc_mesh_weld_indexed(float *coordinates, uint64_t count, uint32_t *indices, uint64_t corners);
