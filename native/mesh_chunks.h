// Chunks of a triangle mesh: contiguous ranges of its indices, to be culled and drawn one by one.
#pragma once

#include "mesh_bounds.h"

// Floats of a chunk: minimum and maximum x, y, z, and the radius of the sphere around the middle of the box. Without a finite vertex
// the minimum is above the maximum, and the radius is -1.
#define SC_CHUNK_FLOATS 7

// Writes SC_CHUNK_FLOATS for every `chunk_triangles` triangles; the last chunk can have fewer.
SC_EXPORT int sc_mesh_chunk_bounds(const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners,
	uint64_t chunk_triangles, float *out, uint64_t out_count);

// Writes the triangles in the order of the Morton codes of their centroids, in a grid of 64 cells along the longest axis; those of
// one cell keep their order. `out`: another array of the same size.
SC_EXPORT int sc_mesh_order(const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners,
	uint32_t *out);
