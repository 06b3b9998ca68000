// The bounding box of vertices, and the few of them that matter for framing a view.
#pragma once

#include "scenecast.h"

// Larger coordinates are treated as not finite: their squares overflow float32, in which GPUs compute. MAX_COORDINATE in
// src/geometry/coordinates.ts.
#define SC_MAX_COORDINATE 1e18f

// Extremes for each direction: the lowest and highest vertex in each of SIDE² columns along each axis.
#define SC_EXTREMES_SIDE 64
#define SC_MAX_EXTREMES (6 * SC_EXTREMES_SIDE * SC_EXTREMES_SIDE)

// Read by src/native/mesh-kernels.ts at these offsets.
typedef struct {
	float min[3]; // of the finite vertices; above `max` if there are none
	float max[3];
	uint64_t invalid; // vertices that are not finite
} sc_bounds_s;

_Static_assert(sizeof(sc_bounds_s) == 32, "BOUNDS in src/native/mesh-kernels.ts");

static inline int sc_is_finite_position(const float *position) {
	return __builtin_fabsf(position[0]) <= SC_MAX_COORDINATE && __builtin_fabsf(position[1]) <= SC_MAX_COORDINATE
		&& __builtin_fabsf(position[2]) <= SC_MAX_COORDINATE;
}

// `used` (NULL: all): leaves out vertices with 0.
void sc_bounds_init(sc_bounds_s *bounds, const float *coordinates, uint64_t vertices, const uint8_t *used);

SC_EXPORT int sc_mesh_bounds(const float *coordinates, uint64_t vertices, sc_bounds_s *bounds);

// Writes the numbers of at most SC_MAX_EXTREMES vertices, in increasing order, and returns how many. In every direction, one of them
// is at most 1.2 / SC_EXTREMES_SIDE of the longest side of the bounding box less far than the farthest vertex: a vertex in the
// column of the farthest, along the dominant axis of the direction, is at least as far along this axis, and the columns are 1 / SIDE
// wide along the two others, on which a unit vector has at most 2 / sqrt(3) = 1.155 in total.
SC_EXPORT int sc_mesh_extremes(const float *coordinates, uint64_t vertices, const sc_bounds_s *bounds, uint32_t *out,
	uint64_t out_count);
