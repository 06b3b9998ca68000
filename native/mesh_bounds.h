// Axis-aligned bounding box (AABB) of vertices, and the extreme vertices, which suffice to fit a camera to the mesh.
#pragma once

#include "scenecast.h"

// Maximum coordinate; larger ones are treated as not finite, because their squares overflow float32, in which GPUs compute. Equals
// MAX_COORDINATE in src/geometry/coordinates.ts.
#define SC_MAX_COORDINATE 1e18f

// Extreme vertices: the lowest and highest vertex in each of SIDE² columns along each axis.
#define SC_EXTREMES_SIDE 64
#define SC_MAX_EXTREMES (6 * SC_EXTREMES_SIDE * SC_EXTREMES_SIDE)

// Read by src/native/mesh-kernels.ts at these offsets.
typedef struct {
	float min[3]; // of the finite vertices; above `max` without a finite vertex
	float max[3];
	uint64_t invalid; // number of vertices that are not finite
} sc_bounds_s;

_Static_assert(sizeof(sc_bounds_s) == 32, "BOUNDS in src/native/mesh-kernels.ts");

static inline int sc_is_finite_position(const float *position) {
	return __builtin_fabsf(position[0]) <= SC_MAX_COORDINATE && __builtin_fabsf(position[1]) <= SC_MAX_COORDINATE
		&& __builtin_fabsf(position[2]) <= SC_MAX_COORDINATE;
}

// `used`: vertices with 0 are left out; NULL: all vertices are used.
void sc_bounds_init(sc_bounds_s *bounds, const float *coordinates, uint64_t vertices, const uint8_t *used);

SC_EXPORT int sc_mesh_bounds(const float *coordinates, uint64_t vertices, sc_bounds_s *bounds);

// Writes the numbers of at most SC_MAX_EXTREMES vertices, in increasing order, and returns their number. In every direction, the
// farthest of them falls short of the farthest vertex of the mesh by at most 1.2 / SC_EXTREMES_SIDE of the longest side of the bounding
// box. Proof: take the column of the farthest vertex along the dominant axis of the direction. Its extreme vertex is at least as far
// along this axis. Columns are 1 / SIDE wide along the two other axes, whose components of a unit vector add up to at most
// 2 / sqrt(3) = 1.155.
SC_EXPORT int sc_mesh_extremes(const float *coordinates, uint64_t vertices, const sc_bounds_s *bounds, uint32_t *out,
	uint64_t out_count);
