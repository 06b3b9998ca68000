#include "volume_cast.h"

#include <math.h>

#include "cast_lit.h"
#include "cast_maximum.h"
#include "cast_ray.h"
#include "error.h"
#include "parallel.h"

#define TILE_ROWS 4

static void write_pixel(const cast_s *cast, uint64_t pixel, const ray_s *ray, const hit_s *hit) {
	for (int c = 0; c < 4; ++c) {
		const float value = 255 * hit->color[c] + 0.5f;
		cast->color_out[4 * pixel + (uint64_t)c] = value >= 255 ? 255 : value > 0 ? (uint8_t)value : 0;
	}
	if (hit->color[3] <= 0) {
		cast->depth_out[pixel] = SC_CAST_EMPTY;
		return;
	}
	float place[3];
	double clip[4];
	place_at(ray, hit->t, place);
	transform(cast->view->to_clip, (double)place[0], (double)place[1], (double)place[2], clip);
	const double depth = 0.5 * clip[2] / clip[3] + 0.5;
	cast->depth_out[pixel] = depth > 0 ? (float)fmin(depth, 1) : 0;
}

static void cast_range(void *context, uint64_t begin, uint64_t end) {
	const cast_s *cast = context;
	for (uint64_t i = begin * TILE_ROWS; i < end * TILE_ROWS; ++i) {
		const uint32_t row = cast->begin + (uint32_t)i;
		if (row >= cast->end) {
			return;
		}
		for (uint32_t column = 0; column < cast->width; ++column) {
			const uint64_t pixel = (uint64_t)row * cast->width + column;
			hit_s hit = { { 0 }, 0 };
			ray_s ray = { { 0 }, { 0 }, { 0 }, 0, 0 };
			if (sc_ray_init(&ray, cast, column, row)) {
				if (cast->view->mode == SC_CAST_LIT) {
					sc_cast_lit(cast, &ray, &hit);
				} else if (cast->view->is_linear != 0) {
					sc_cast_maximum_linear(cast, &ray, &hit);
				} else {
					sc_cast_maximum(cast, &ray, &hit);
				}
			}
			write_pixel(cast, pixel, &ray, &hit);
		}
	}
}

// Offsets of the voxel coordinates 0 to `count`, where the last one repeats the one before: interpolation reads one voxel beyond.
static uint32_t *make_offsets(uint64_t count, uint64_t brick_step, uint64_t voxel_step) {
	uint32_t *offsets = malloc((count + 1) * sizeof(*offsets));
	for (uint64_t i = 0; offsets != NULL && i <= count; ++i) {
		const uint64_t at = i < count ? i : count - 1;
		offsets[i] = (uint32_t)(at / SC_BRICK_SIDE * brick_step + at % SC_BRICK_SIDE * voxel_step);
	}
	return offsets;
}

int sc_cast_rows(const uint8_t *voxels, uint64_t voxel_bytes, const uint32_t *shape, const uint8_t *maxima, const uint8_t *distances,
	uint64_t brick_count, const sc_cast_view_s *view, const float *colors, uint32_t width, uint32_t height, uint32_t begin,
	uint32_t end, uint8_t *color_out, float *depth_out, uint64_t pixel_count) {
	cast_s cast = { .voxels = voxels, .maxima = maxima, .distances = distances, .view = view, .colors = colors, .width = width,
		.height = height, .begin = begin, .end = end, .color_out = color_out, .depth_out = depth_out };
	const uint64_t count = sc_brick_counts(shape, cast.counts);
	// Offsets have 32 bits.
	if (count == 0 || count > (1ull << 32) / SC_BRICK_VOXELS) {
		return sc_fail(SC_E_INVALID, "a volume of %u x %u x %u voxels is too large for ray casting", shape[0], shape[1], shape[2]);
	}
	if (brick_count < count || voxel_bytes / SC_BRICK_VOXELS < count) {
		return sc_fail(SC_E_TOO_SMALL, "%llu bricks are too few", (unsigned long long)brick_count);
	}
	if (width == 0 || width > SC_CAST_MAX_SIDE || height == 0 || height > SC_CAST_MAX_SIDE || begin > end || end > height
		|| !(view->step > 0)) {
		return sc_fail(SC_E_INVALID, "rows %u to %u of %ux%u px cannot be cast", begin, end, width, height);
	}
	if (pixel_count < (uint64_t)width * height) {
		return sc_fail(SC_E_TOO_SMALL, "%llu pixels are too few", (unsigned long long)pixel_count);
	}
	int has_failed = 0;
	const uint64_t brick_steps[3] = { SC_BRICK_VOXELS, cast.counts[0] * SC_BRICK_VOXELS, cast.counts[0] * cast.counts[1] * SC_BRICK_VOXELS };
	const uint64_t voxel_steps[3] = { 1, SC_BRICK_SIDE, SC_BRICK_SIDE * SC_BRICK_SIDE };
	for (int axis = 0; axis < 3; ++axis) {
		cast.dims[axis] = shape[axis];
		cast.last[axis] = (float)(shape[axis] - 1);
		cast.offsets[axis] = make_offsets(shape[axis], brick_steps[axis], voxel_steps[axis]);
		has_failed |= cast.offsets[axis] == NULL;
	}
	for (int i = 0; i < 9; ++i) {
		cast.to_normal[i] = (float)view->to_normal[i];
	}
	if (!has_failed) {
		sc_parallel_for((end - begin + TILE_ROWS - 1) / TILE_ROWS, 2, cast_range, &cast);
	}
	for (int axis = 0; axis < 3; ++axis) {
		free(cast.offsets[axis]);
	}
	return has_failed ? sc_fail(SC_E_SYSTEM, "there is not enough memory to draw a volume") : SC_OK;
}
