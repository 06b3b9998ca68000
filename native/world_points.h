// Vertices in world coordinates, to which a camera is fitted.
#pragma once

#include "scenecast.h"

// Read by src/native/world-points.ts at these offsets.
typedef struct {
	double min[3]; // above `max` without a point
	double max[3];
	double radius; // of the smallest sphere around the centre of the box that contains all points; 0 without a point
} sc_sphere_bounds_s;

_Static_assert(sizeof(sc_sphere_bounds_s) == 7 * 8, "BOUNDS in src/native/world-points.ts");

// Transforms x, y, z of `count` points, floats or doubles, by an affine 4x4 matrix in column-major order, and writes those that are
// finite to `world`, which has room for all. Returns their number.
SC_EXPORT int64_t sc_world_points(const void *points, int32_t has_doubles, uint64_t count, const double *matrix, double *world);

// Computes the bounds of `count` finite points.
SC_EXPORT void sc_world_bounds(const double *world, uint64_t count, sc_sphere_bounds_s *bounds);
