#include "cast_maximum.h"

#include "cast_sample.h"

// Share of the range of values over which the maximum becomes opaque.
#define FADE 0.1f

// A place just behind t, so that a ray always advances.
static inline float beyond(float t) {
	return t + fmaxf(1e-3f, 1e-6f * t);
}

static void set_maximum(const cast_s *cast, float value, float t, hit_s *hit) {
	const float *entry = color_of(cast, value);
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

void sc_cast_maximum_linear(const cast_s *cast, const ray_s *ray, hit_s *hit) {
	float best = 0;
	float best_t = -1;
	for (float t = ceilf(ray->t); t <= ray->end && best < 255;) {
		uint64_t brick;
		float exit;
		if (!enter_brick(cast, ray, 2, &t, &brick, &exit)) {
			continue;
		}
		if ((float)cast->maxima[brick] <= best) {
			t = next_step(exit, t);
			continue;
		}
		do {
			float place[3];
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

// Traversal of Amanatides and Woo, 1987.
void sc_cast_maximum(const cast_s *cast, const ray_s *ray, hit_s *hit) {
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
