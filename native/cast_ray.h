// Rays through a volume, and their traversal of its bricks. Inline, since it runs for every brick and sample.
#pragma once

#include <math.h>

#include "volume_cast.h"

// What sc_cast_rows draws, and what is computed once for all rays.
typedef struct {
	const uint8_t *voxels;
	const uint8_t *maxima;
	const uint8_t *distances;
	uint64_t dims[3];
	uint64_t counts[3];
	const sc_cast_view_s *view;
	const float *colors;
	uint32_t width;
	uint32_t height;
	uint32_t begin;
	uint32_t end;
	uint8_t *color_out;
	float *depth_out;
	// Offset of a voxel is the sum of those of its coordinates.
	uint32_t *offsets[3];
	float last[3];
	float to_normal[9];
} cast_s;

// A ray in voxel coordinates: origin + t * direction, from t to end. t is a world distance divided by the step.
typedef struct {
	float origin[3];
	float direction[3];
	float inverse[3];
	float t;
	float end;
} ray_s;

// Color of a ray, and t of its depth.
typedef struct {
	float color[4]; // premultiplied
	float t;
} hit_s;

static inline float clamp_to(float value, float max) {
	// NaN gives 0.
	return value > 0 ? (value < max ? value : max) : 0;
}

static inline void place_at(const ray_s *ray, float t, float place[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		place[axis] = ray->origin[axis] + t * ray->direction[axis];
	}
}

// Number and coordinates of the brick at a place.
static inline uint64_t brick_at(const cast_s *cast, const float place[3], int64_t at[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		at[axis] = (int64_t)clamp_to(place[axis], cast->last[axis]) / SC_BRICK_SIDE;
	}
	return ((uint64_t)at[2] * cast->counts[1] + (uint64_t)at[1]) * cast->counts[0] + (uint64_t)at[0];
}

// t at which a ray leaves the cube of bricks within `radius` around a brick. A brick's voxels begin at its first voxel centre; the outer
// bricks reach to the edges of the volume, where the ray ends.
static inline float exit_of(const cast_s *cast, const ray_s *ray, const int64_t at[3], int radius) {
	float exit = ray->end;
	for (int axis = 0; axis < 3; ++axis) {
		const int64_t side = ray->direction[axis] > 0 ? at[axis] + 1 + radius : at[axis] - radius;
		if (ray->direction[axis] != 0 && side > 0 && side < (int64_t)cast->counts[axis]) {
			const float t = ((float)(side * SC_BRICK_SIDE) - ray->origin[axis]) * ray->inverse[axis];
			exit = t < exit ? t : exit;
		}
	}
	return exit;
}

// Number of the first whole step that is beyond t, and always a later one.
static inline float next_step(float t, float current) {
	const float next = ceilf(t);
	return next > current ? next : current + 1;
}

// Finds the brick at *t, and t at which the ray leaves it. If no brick closer than `distance`, 1 or more, is visible, moves *t to the
// first step behind these bricks and returns 0.
static inline __attribute__((always_inline)) int enter_brick(const cast_s *cast, const ray_s *ray, int distance, float *t, uint64_t *brick, float *exit) {
	float place[3];
	int64_t at[3];
	place_at(ray, *t, place);
	*brick = brick_at(cast, place, at);
	const int nearest = cast->distances[*brick];
	if (nearest >= distance) {
		*t = next_step(exit_of(cast, ray, at, nearest - 1), *t);
		return 0;
	}
	*exit = exit_of(cast, ray, at, 0);
	return 1;
}

// Multiplies a column-major matrix by the point x, y, z.
static inline void transform(const double m[16], double x, double y, double z, double out[4]) {
	for (int row = 0; row < 4; ++row) {
		out[row] = m[row] * x + m[4 + row] * y + m[8 + row] * z + m[12 + row];
	}
}

// Computes the part of a pixel's ray that is inside the volume. Returns 0 if the ray misses the volume.
int sc_ray_init(ray_s *ray, const cast_s *cast, uint32_t column, uint32_t row);
