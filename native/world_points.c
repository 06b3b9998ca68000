#include "world_points.h"

#include <math.h>

int64_t sc_world_points(const void *points, int32_t has_doubles, uint64_t count, const double *matrix, double *world) {
	const float *floats = points;
	const double *doubles = points;
	double *out = world;
	for (uint64_t i = 0; i < 3 * count; i += 3) {
		const double x = has_doubles ? doubles[i] : (double)floats[i];
		const double y = has_doubles ? doubles[i + 1] : (double)floats[i + 1];
		const double z = has_doubles ? doubles[i + 2] : (double)floats[i + 2];
		double sum = 0;
		for (int axis = 0; axis < 3; ++axis) {
			out[axis] = matrix[axis] * x + matrix[axis + 4] * y + matrix[axis + 8] * z + matrix[axis + 12];
			sum += out[axis];
		}
		out += isfinite(sum) ? 3 : 0;
	}
	return (out - world) / 3;
}

void sc_world_bounds(const double *world, uint64_t count, sc_sphere_bounds_s *bounds) {
	for (int axis = 0; axis < 3; ++axis) {
		double low = INFINITY;
		double high = -INFINITY;
		for (uint64_t i = (uint64_t)axis; i < 3 * count; i += 3) {
			low = world[i] < low ? world[i] : low;
			high = world[i] > high ? world[i] : high;
		}
		bounds->min[axis] = low;
		bounds->max[axis] = high;
	}
	double squared = 0;
	for (uint64_t i = 0; i < 3 * count; i += 3) {
		double distance = 0;
		for (int axis = 0; axis < 3; ++axis) {
			const double offset = world[i + (uint64_t)axis] - (bounds->min[axis] + bounds->max[axis]) * 0.5;
			distance += offset * offset;
		}
		squared = distance > squared ? distance : squared;
	}
	bounds->radius = sqrt(squared);
}
