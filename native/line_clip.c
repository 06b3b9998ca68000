#include "line_clip.h"

#include "float_limits.h"

int sc_clip_to_view(float a[4], float b[4], const float limits[3]) {
	float t0 = 0;
	float t1 = 1;
	for (int plane = 0; plane < 7; ++plane) {
		const int axis = plane >> 1;
		const float da = plane == 6 ? a[3] - SC_CLIP_MIN_W : plane & 1 ? limits[axis] * a[3] - a[axis] : a[axis];
		const float db = plane == 6 ? b[3] - SC_CLIP_MIN_W : plane & 1 ? limits[axis] * b[3] - b[axis] : b[axis];
		if (!(da >= 0 || db >= 0)) {
			return 0;
		}
		if (da < 0 || db < 0) {
			const float t = da / (da - db);
			if (da < 0) {
				t0 = sc_greater(t0, t);
			} else {
				t1 = sc_lesser(t1, t);
			}
		}
	}
	if (!(t0 <= t1)) {
		return 0;
	}
	for (int i = 0; i < 4; ++i) {
		const float d = b[i] - a[i];
		b[i] = t1 < 1 ? a[i] + t1 * d : b[i];
		a[i] = t0 > 0 ? a[i] + t0 * d : a[i];
	}
	return 1;
}

// Distance to a plane times the length of its normal; negative beyond it.
static float plane_distance(const float plane[4], const float *position) {
	return plane[0] * position[0] + plane[1] * position[1] + plane[2] * position[2] + plane[3];
}

int sc_clip_to_planes(const sc_clip_s *clip, float a[3], float b[3]) {
	for (uint32_t i = 0; i < clip->count && i < SC_CLIP_MAX_PLANES; ++i) {
		const float da = plane_distance(clip->planes[i], a);
		const float db = plane_distance(clip->planes[i], b);
		if (!(da >= 0 || db >= 0)) {
			return 0;
		}
		if (da >= 0 && db >= 0) {
			continue;
		}
		const float t = da / (da - db);
		float *cut = da < 0 ? a : b;
		for (int axis = 0; axis < 3; ++axis) {
			cut[axis] = a[axis] + t * (b[axis] - a[axis]);
		}
	}
	return 1;
}

void sc_clip_mark(const sc_clip_s *clip, const float *positions, uint32_t count, uint8_t *inside) {
	for (uint32_t plane = 0; plane < clip->count && plane < SC_CLIP_MAX_PLANES; ++plane) {
		for (uint32_t i = 0; i < count; ++i) {
			inside[i] &= plane_distance(clip->planes[plane], &positions[3 * (uint64_t)i]) >= 0;
		}
	}
}
