// Chunks of a triangle mesh: contiguous ranges of its indices, each a unit of frustum culling and one draw call.
#pragma once

#include "mesh_bounds.h"

// Floats per chunk: minimum and maximum x, y, z of the bounding box, and the radius of the bounding sphere around its centre. Without
// a finite vertex the minimum is above the maximum, and the radius is -1.
#define SC_CHUNK_FLOATS 7

// Writes SC_CHUNK_FLOATS for every `chunk_triangles` triangles; the last chunk can have fewer.
SC_EXPORT int sc_mesh_chunk_bounds(const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners,
	uint64_t chunk_triangles, float *out, uint64_t out_count);

// Sorts the triangles by the Morton codes (Z-order) of their centroids, in a grid of 64 cells along the longest axis; triangles in a row
// can stay together in a neighbouring cell. The sort is stable. `out`: another array of the same size as `indices`.
// `triangles`: NULL, or receives the number of each sorted triangle in `indices`.
SC_EXPORT int sc_mesh_order(const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners,
	uint32_t *out, uint32_t *triangles);
