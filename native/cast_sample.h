// Trilinear interpolation of the voxels of a volume at a place on a ray.
#pragma once

#include "cast_ray.h"

// The eight voxels around a place, and the place between them.
typedef struct {
	float corners[8];
	float part[3];
} cell_s;

static inline void load_cell(const cast_s *cast, const float place[3], cell_s *cell) {
	const uint32_t *offset[3];
	for (int axis = 0; axis < 3; ++axis) {
		const float inside = clamp_to(place[axis], cast->last[axis]);
		const uint32_t low = (uint32_t)inside;
		offset[axis] = &cast->offsets[axis][low];
		cell->part[axis] = inside - (float)low;
	}
	const uint8_t *voxels = cast->voxels;
	const uint64_t x0 = offset[0][0];
	const uint64_t x1 = offset[0][1];
	const uint64_t low_low = (uint64_t)offset[1][0] + offset[2][0];
	const uint64_t high_low = (uint64_t)offset[1][1] + offset[2][0];
	const uint64_t low_high = (uint64_t)offset[1][0] + offset[2][1];
	const uint64_t high_high = (uint64_t)offset[1][1] + offset[2][1];
	cell->corners[0] = voxels[low_low + x0];
	cell->corners[1] = voxels[low_low + x1];
	cell->corners[2] = voxels[high_low + x0];
	cell->corners[3] = voxels[high_low + x1];
	cell->corners[4] = voxels[low_high + x0];
	cell->corners[5] = voxels[low_high + x1];
	cell->corners[6] = voxels[high_high + x0];
	cell->corners[7] = voxels[high_high + x1];
}

static inline float mix(float from, float to, float part) {
	return from + (to - from) * part;
}

static inline float cell_value(const cell_s *cell) {
	const float *c = cell->corners;
	const float x = cell->part[0];
	const float y = cell->part[1];
	return mix(mix(mix(c[0], c[1], x), mix(c[2], c[3], x), y), mix(mix(c[4], c[5], x), mix(c[6], c[7], x), y), cell->part[2]);
}

static inline float value_at(const cast_s *cast, float x, float y, float z) {
	cell_s cell;
	load_cell(cast, (const float[3]){ x, y, z }, &cell);
	return cell_value(&cell);
}

// Red, green, blue and opacity of a value from 0 to 255.
static inline const float *color_of(const cast_s *cast, float value) {
	return &cast->colors[4 * (int)(value * ((SC_CAST_COLORS - 1) / 255.0f) + 0.5f)];
}
