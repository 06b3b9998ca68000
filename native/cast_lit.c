#include "cast_lit.h"

#include "cast_sample.h"

// Opacity at which a ray ends: what is behind it is invisible.
#define OPAQUE 0.97f

// Shading: share of light from everywhere, and highlights.
#define AMBIENT 0.35f
#define SPECULAR 0.2f

// Gradients, in 8-bit values per voxel, from which on a sample is shaded as a surface.
#define SURFACE_GRADIENT 6.0f

static void cell_gradient(const cell_s *cell, float gradient[3]) {
	const float *c = cell->corners;
	const float x = cell->part[0];
	const float y = cell->part[1];
	const float z = cell->part[2];
	gradient[0] = mix(mix(c[1] - c[0], c[3] - c[2], y), mix(c[5] - c[4], c[7] - c[6], y), z);
	gradient[1] = mix(mix(c[2] - c[0], c[3] - c[1], x), mix(c[6] - c[4], c[7] - c[5], x), z);
	gradient[2] = mix(mix(c[4] - c[0], c[5] - c[1], x), mix(c[6] - c[2], c[7] - c[3], x), y);
}

// Not inline: with six copies of it in the loop over samples, a picture took 3 to 8 % more CPU time.
static __attribute__((noinline)) float sample_at(const cast_s *cast, float x, float y, float z) {
	return value_at(cast, x, y, z);
}

static void central_gradient(const cast_s *cast, const float p[3], float gradient[3]) {
	gradient[0] = 0.5f * (sample_at(cast, p[0] + 1, p[1], p[2]) - sample_at(cast, p[0] - 1, p[1], p[2]));
	gradient[1] = 0.5f * (sample_at(cast, p[0], p[1] + 1, p[2]) - sample_at(cast, p[0], p[1] - 1, p[2]));
	gradient[2] = 0.5f * (sample_at(cast, p[0], p[1], p[2] + 1) - sample_at(cast, p[0], p[1], p[2] - 1));
}

// Brightness of a sample by a light at the camera, on both sides of a surface: 1 where there is no surface.
static inline __attribute__((always_inline)) float shade(const cast_s *cast, const float gradient[3], float *highlight) {
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

static inline __attribute__((always_inline)) void cast_samples(const cast_s *cast, const ray_s *ray, int is_fine, hit_s *hit) {
	float color[4] = { 0 };
	// The place where half of the final opacity is reached is known only at the end; the opacities on the way there are few.
	float half_t = -1;
	float first_t = -1;
	for (float t = ceilf(ray->t); t <= ray->end;) {
		uint64_t brick;
		float exit;
		if (!enter_brick(cast, ray, 1, &t, &brick, &exit)) {
			continue;
		}
		do {
			float place[3];
			cell_s cell;
			place_at(ray, t, place);
			load_cell(cast, place, &cell);
			const float *entry = color_of(cast, cell_value(&cell));
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

void sc_cast_lit(const cast_s *cast, const ray_s *ray, hit_s *hit) {
	// The loop is compiled once per kind of gradient: a loop for both took up to a quarter more CPU time.
	if (cast->view->is_fine != 0) {
		cast_samples(cast, ray, 1, hit);
	} else {
		cast_samples(cast, ray, 0, hit);
	}
}
