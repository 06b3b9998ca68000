#include "volume_cast.h"

#include <math.h>

#include "error.h"
#include "parallel.h"

// Opacity at which a ray ends: what is behind it is invisible.
#define OPAQUE 0.97f

// Shading: share of light from everywhere, and highlights.
#define AMBIENT 0.35f
#define SPECULAR 0.2f

// Gradients, in 8-bit values per voxel, from which on a sample is shaded as a surface.
#define SURFACE_GRADIENT 6.0f

// Share of the range of values over which the maximum becomes opaque.
#define FADE 0.1f

#define TILE_ROWS 4

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

typedef struct {
	float color[4]; // premultiplied
	float t;
} hit_s;

static inline float clamp_to(float value, float max) {
	// NaN gives 0.
	return value > 0 ? (value < max ? value : max) : 0;
}

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

static float value_at(const cast_s *cast, float x, float y, float z) {
	cell_s cell;
	load_cell(cast, (const float[3]){ x, y, z }, &cell);
	return cell_value(&cell);
}

static void cell_gradient(const cell_s *cell, float gradient[3]) {
	const float *c = cell->corners;
	const float x = cell->part[0];
	const float y = cell->part[1];
	const float z = cell->part[2];
	gradient[0] = mix(mix(c[1] - c[0], c[3] - c[2], y), mix(c[5] - c[4], c[7] - c[6], y), z);
	gradient[1] = mix(mix(c[2] - c[0], c[3] - c[1], x), mix(c[6] - c[4], c[7] - c[5], x), z);
	gradient[2] = mix(mix(c[4] - c[0], c[5] - c[1], x), mix(c[6] - c[2], c[7] - c[3], x), y);
}

static void central_gradient(const cast_s *cast, const float p[3], float gradient[3]) {
	gradient[0] = 0.5f * (value_at(cast, p[0] + 1, p[1], p[2]) - value_at(cast, p[0] - 1, p[1], p[2]));
	gradient[1] = 0.5f * (value_at(cast, p[0], p[1] + 1, p[2]) - value_at(cast, p[0], p[1] - 1, p[2]));
	gradient[2] = 0.5f * (value_at(cast, p[0], p[1], p[2] + 1) - value_at(cast, p[0], p[1], p[2] - 1));
}

// Brightness of a sample by a light at the camera, on both sides of a surface: 1 where there is no surface.
static float shade(const cast_s *cast, const float gradient[3], float *highlight) {
	const float *m = cast->to_normal;
	const float squared = gradient[0] * gradient[0] + gradient[1] * gradient[1] + gradient[2] * gradient[2];
	const float normal[3] = { m[0] * gradient[0] + m[3] * gradient[1] + m[6] * gradient[2],
		m[1] * gradient[0] + m[4] * gradient[1] + m[7] * gradient[2], m[2] * gradient[0] + m[5] * gradient[1] + m[8] * gradient[2] };
	const float length = normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2];
	*highlight = 0;
	if (!(length > 0)) {
		return 1;
	}
	const float surface = squared < SURFACE_GRADIENT * SURFACE_GRADIENT ? sqrtf(squared) / SURFACE_GRADIENT : 1;
	const float facing = fabsf(normal[2]) / sqrtf(length);
	const float power = facing * facing * facing * facing;
	*highlight = SPECULAR * surface * power * power * power * power;
	return mix(1, AMBIENT + (1 - AMBIENT) * facing, surface);
}

// The brick at a place, and whether the ray may skip it and how far: to its edge, or that of its empty surroundings.
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

// A place just behind t, so that a ray always advances.
static inline float beyond(float t) {
	return t + fmaxf(1e-3f, 1e-6f * t);
}

static inline void place_at(const ray_s *ray, float t, float place[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		place[axis] = ray->origin[axis] + t * ray->direction[axis];
	}
}

static void cast_lit(const cast_s *cast, const ray_s *ray, hit_s *hit) {
	const int is_fine = cast->view->is_fine != 0;
	float color[4] = { 0 };
	// The place where half of the final opacity is reached is known only at the end; the opacities on the way there are few.
	float half_t = -1;
	float first_t = -1;
	for (float t = ceilf(ray->t); t <= ray->end;) {
		float place[3];
		int64_t at[3];
		place_at(ray, t, place);
		const uint64_t brick = brick_at(cast, place, at);
		if (cast->distances[brick] > 0) {
			t = next_step(exit_of(cast, ray, at, cast->distances[brick] - 1), t);
			continue;
		}
		const float exit = exit_of(cast, ray, at, 0);
		do {
			cell_s cell;
			place_at(ray, t, place);
			load_cell(cast, place, &cell);
			const float *entry = &cast->colors[4 * (int)(cell_value(&cell) * ((SC_CAST_COLORS - 1) / 255.0f) + 0.5f)];
			if (entry[3] > 0) {
				float gradient[3];
				float highlight;
				if (is_fine) {
					central_gradient(cast, place, gradient);
				} else {
					cell_gradient(&cell, gradient);
				}
				const float light = shade(cast, gradient, &highlight);
				const float weight = (1 - color[3]) * entry[3];
				for (int c = 0; c < 3; ++c) {
					color[c] += weight * (entry[c] * light + highlight);
				}
				color[3] += weight;
				first_t = first_t < 0 ? t : first_t;
				half_t = half_t < 0 && color[3] >= 0.5f ? t : half_t;
			}
			t += 1;
		} while (t <= exit && color[3] < OPAQUE);
		if (color[3] >= OPAQUE) {
			break;
		}
	}
	for (int c = 0; c < 4; ++c) {
		hit->color[c] = color[c];
	}
	hit->t = half_t >= 0 ? half_t : first_t;
}

static void set_maximum(const cast_s *cast, float value, float t, hit_s *hit) {
	const float *entry = &cast->colors[4 * (int)(value * ((SC_CAST_COLORS - 1) / 255.0f) + 0.5f)];
	for (int c = 0; c < 3; ++c) {
		hit->color[c] = entry[c];
	}
	// Premultiplied. Low values fade out, so that the volume is no black box.
	const float alpha = value * (1 / (255 * FADE));
	hit->color[3] = alpha < 1 ? alpha : 1;
	for (int c = 0; c < 3; ++c) {
		hit->color[c] *= hit->color[3];
	}
	hit->t = t;
}

static void cast_maximum_linear(const cast_s *cast, const ray_s *ray, hit_s *hit) {
	float best = 0;
	float best_t = -1;
	for (float t = ceilf(ray->t); t <= ray->end && best < 255;) {
		float place[3];
		int64_t at[3];
		place_at(ray, t, place);
		const uint64_t brick = brick_at(cast, place, at);
		if (cast->distances[brick] > 1) {
			t = next_step(exit_of(cast, ray, at, cast->distances[brick] - 1), t);
			continue;
		}
		const float exit = exit_of(cast, ray, at, 0);
		if ((float)cast->maxima[brick] <= best) {
			t = next_step(exit, t);
			continue;
		}
		do {
			place_at(ray, t, place);
			const float value = value_at(cast, place[0], place[1], place[2]);
			if (value > best) {
				best = value;
				best_t = t;
			}
			t += 1;
		} while (t <= exit);
	}
	set_maximum(cast, best, best_t, hit);
}

// The maximum of all voxels that the ray crosses (traversal of Amanatides and Woo, 1987). Voxels reach half a voxel around their centre.
static void cast_maximum(const cast_s *cast, const ray_s *ray, hit_s *hit) {
	uint8_t best = 0;
	float best_t = -1;
	float t = ray->t;
	while (t < ray->end && best < 255) {
		float place[3];
		int64_t at[3];
		place_at(ray, t, place);
		const uint64_t brick = brick_at(cast, place, at);
		// The edges of a brick are at voxel centres, so that the voxel of a place in it may be the first of the next brick, whose values
		// the brick's range includes.
		const float exit = exit_of(cast, ray, at, 0);
		if (cast->maxima[brick] <= best) {
			const int radius = cast->distances[brick] > 0 ? cast->distances[brick] - 1 : 0;
			t = beyond(fmaxf(exit_of(cast, ray, at, radius), t));
			continue;
		}
		int64_t voxel[3];
		float next[3];
		for (int axis = 0; axis < 3; ++axis) {
			voxel[axis] = (int64_t)(clamp_to(place[axis], cast->last[axis]) + 0.5f);
			const float edge = (float)voxel[axis] + (ray->direction[axis] > 0 ? 0.5f : -0.5f);
			next[axis] = ray->direction[axis] == 0 ? INFINITY : (edge - ray->origin[axis]) * ray->inverse[axis];
		}
		for (;;) {
			const uint8_t value = cast->voxels[(uint64_t)cast->offsets[0][voxel[0]] + cast->offsets[1][voxel[1]]
				+ cast->offsets[2][voxel[2]]];
			if (value > best) {
				best = value;
				best_t = t;
			}
			const int axis = next[0] < next[1] ? (next[0] < next[2] ? 0 : 2) : next[1] < next[2] ? 1 : 2;
			if (next[axis] >= exit) {
				break;
			}
			t = fmaxf(t, next[axis]);
			voxel[axis] += ray->direction[axis] > 0 ? 1 : -1;
			if (voxel[axis] < 0 || voxel[axis] >= (int64_t)cast->dims[axis]) {
				break;
			}
			next[axis] += fabsf(ray->inverse[axis]);
		}
		t = beyond(fmaxf(exit, t));
	}
	set_maximum(cast, best, best_t, hit);
}

static void transform(const double m[16], double x, double y, double z, double out[4]) {
	for (int row = 0; row < 4; ++row) {
		out[row] = m[row] * x + m[4 + row] * y + m[8 + row] * z + m[12 + row];
	}
}

// Computes the part of a pixel's ray that is inside the volume. Returns 0 if there is none.
static int make_ray(const cast_s *cast, uint32_t column, uint32_t row, ray_s *ray) {
	const sc_cast_view_s *view = cast->view;
	const double x = (2.0 * column + 1) / cast->width - 1;
	const double y = (2.0 * row + 1) / cast->height - 1;
	double near[4];
	double far[4];
	transform(view->to_voxel, x, y, -1, near);
	transform(view->to_voxel, x, y, 1, far);
	double direction[3];
	double world[3] = { 0 };
	for (int axis = 0; axis < 3; ++axis) {
		near[axis] /= near[3];
		direction[axis] = far[axis] / far[3] - near[axis];
	}
	for (int axis = 0; axis < 3; ++axis) {
		for (int out = 0; out < 3; ++out) {
			world[out] += view->to_world[3 * axis + out] * direction[axis];
		}
	}
	const double length = sqrt(world[0] * world[0] + world[1] * world[1] + world[2] * world[2]);
	double begin = 0;
	const double steps = length / view->step;
	double end = steps;
	for (int axis = 0; axis < 3; ++axis) {
		const double per_step = direction[axis] / steps;
		const double low = (-0.5 - near[axis]) / per_step;
		const double high = ((double)cast->dims[axis] - 0.5 - near[axis]) / per_step;
		if (per_step == 0) {
			if (near[axis] < -0.5 || near[axis] > (double)cast->dims[axis] - 0.5) {
				return 0;
			}
		} else {
			begin = fmax(begin, fmin(low, high));
			end = fmin(end, fmax(low, high));
		}
		direction[axis] = per_step;
	}
	// NaN fails the comparison. The limit keeps a step larger than the rounding of float32.
	if (!(begin < end && end - begin < 1 << 20)) {
		return 0;
	}
	// The origin is close to the volume, on a whole step, so that float32 is precise enough and samples of neighbouring rays match.
	const double start = floor(begin);
	for (int axis = 0; axis < 3; ++axis) {
		ray->origin[axis] = (float)(near[axis] + start * direction[axis]);
		ray->direction[axis] = (float)direction[axis];
		ray->inverse[axis] = 1 / ray->direction[axis];
	}
	ray->t = (float)(begin - start);
	ray->end = (float)(end - start);
	return 1;
}

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
			if (make_ray(cast, column, row, &ray)) {
				if (cast->view->mode == SC_CAST_LIT) {
					cast_lit(cast, &ray, &hit);
				} else if (cast->view->is_linear != 0) {
					cast_maximum_linear(cast, &ray, &hit);
				} else {
					cast_maximum(cast, &ray, &hit);
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
