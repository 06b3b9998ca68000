#include "line_draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "float_limits.h"
#include "splat_cells.h"

static void put(const sc_line_target_s *target, uint32_t column, uint32_t row, float depth, uint32_t point) {
	// + 0 turns -0 into +0: the bits of -0 would compare as the largest depth.
	const float positive = depth + 0.0f;
	uint32_t bits;
	memcpy(&bits, &positive, sizeof(bits));
	sc_cell_put(&target->cells[(uint64_t)row * target->columns + column], (uint64_t)bits << 32 | point);
}

void sc_line_draw(const sc_line_target_s *target, const sc_cell_point_s *a, const sc_cell_point_s *b, uint32_t point, int has_first) {
	const int32_t x0 = (int32_t)a->x;
	const int32_t y0 = (int32_t)a->y;
	const int32_t x1 = (int32_t)b->x;
	const int32_t y1 = (int32_t)b->y;
	if (has_first) {
		put(target, (uint32_t)x0, (uint32_t)y0, a->z, point);
	}
	const int32_t wide = abs(x1 - x0);
	const int32_t high = abs(y1 - y0);
	const int32_t steps = wide > high ? wide : high;
	if (steps > 1) {
		// Rounding cannot lead outside: the largest intermediate factor is below 1 by more than the rounding error.
		const float share = 1.0f / (float)steps;
		const float dx = (b->x - a->x) * share;
		const float dy = (b->y - a->y) * share;
		const float dz = (b->z - a->z) * share;
		for (int32_t i = 1; i < steps; ++i) {
			const float t = (float)i;
			put(target, (uint32_t)(a->x + t * dx), (uint32_t)(a->y + t * dy), a->z + t * dz, point);
		}
	}
	if (steps > 0) {
		put(target, (uint32_t)x1, (uint32_t)y1, b->z, point);
	}
}

// Tube of a segment in cells, for four neighbouring cells of a row at a time.
typedef struct {
	__m128 x; // first point
	__m128 dx; // from the first to the second point
	__m128 dy;
	__m128 scale; // 1 / length^2
	__m128 radius; // at the first point, and the difference to the second
	__m128 radius_slope;
	__m128 depth;
	__m128 depth_slope;
	__m128 relief;
	__m128 relief_slope;
} tube_s;

static __m128 along_tube(__m128 first, __m128 slope, __m128 t) {
	return _mm_add_ps(first, _mm_mul_ps(slope, t));
}

// Draws cells `column` to `end` of a row, whose centres are `y` above the first point.
static void draw_tube_row(const sc_line_target_s *target, const tube_s *tube, uint32_t row, float y, uint32_t column, uint32_t end,
	uint32_t point) {
	const __m128 zero = _mm_setzero_ps();
	const __m128 one = _mm_set1_ps(1);
	const __m128 height = _mm_set1_ps(y);
	const __m128 height_share = _mm_mul_ps(height, tube->dy);
	uint64_t *cells = &target->cells[(uint64_t)row * target->columns];
	for (; column < end; column += 4) {
		const __m128 centers = _mm_add_ps(_mm_set1_ps((float)column), _mm_set_ps(3.5f, 2.5f, 1.5f, 0.5f));
		const __m128 x = _mm_sub_ps(centers, tube->x);
		const __m128 projected = _mm_mul_ps(_mm_add_ps(_mm_mul_ps(x, tube->dx), height_share), tube->scale);
		const __m128 t = _mm_min_ps(_mm_max_ps(projected, zero), one);
		const __m128 ex = _mm_sub_ps(x, _mm_mul_ps(t, tube->dx));
		const __m128 ey = _mm_sub_ps(height, _mm_mul_ps(t, tube->dy));
		const __m128 radius = along_tube(tube->radius, tube->radius_slope, t);
		const __m128 distance = _mm_add_ps(_mm_mul_ps(ex, ex), _mm_mul_ps(ey, ey));
		const __m128 squared = _mm_mul_ps(radius, radius);
		int mask = _mm_movemask_ps(_mm_cmplt_ps(distance, squared));
		if (mask == 0) {
			continue;
		}
		const __m128 bulge = _mm_sqrt_ps(_mm_max_ps(zero, _mm_sub_ps(one, _mm_div_ps(distance, squared))));
		const __m128 nearest = along_tube(tube->relief, tube->relief_slope, t);
		const __m128 depth = _mm_add_ps(along_tube(tube->depth, tube->depth_slope, t), _mm_mul_ps(nearest, bulge));
		// + 0 turns -0 into +0: the bits of -0 would compare as the largest depth.
		uint32_t depths[4];
		_mm_storeu_si128((__m128i *)depths, _mm_castps_si128(_mm_add_ps(_mm_min_ps(_mm_max_ps(depth, zero), one), zero)));
		if (end - column < 4) {
			mask &= (1 << (end - column)) - 1;
		}
		for (int i = 0; i < 4; ++i) {
			if (mask >> i & 1) {
				sc_cell_put(&cells[column + (uint32_t)i], (uint64_t)depths[i] << 32 | point);
			}
		}
	}
}

void sc_tube_draw(const sc_line_target_s *target, const sc_cell_point_s *a, const sc_cell_point_s *b, uint32_t point) {
	const float ra = target->radius / a->w;
	const float rb = target->radius / b->w;
	const float radius = sc_greater(ra, rb);
	const float dx = b->x - a->x;
	const float dy = b->y - a->y;
	const float squared = dx * dx + dy * dy;
	const float left = sc_lesser(a->x, b->x) - radius;
	const float right = sc_greater(a->x, b->x) + radius;
	const float low = sc_clamp(sc_lesser(a->y, b->y) - radius, 0, (float)target->rows);
	const float high = sc_clamp(sc_greater(a->y, b->y) + radius, 0, (float)target->rows);
	const float steep = fabsf(dy) > 1e-6f ? 1 / dy : 0;
	// Half of the width of the infinite strip around the axis along a row.
	const float half = radius * sqrtf(squared) * fabsf(steep);
	const float relief = target->relief / (a->w * a->w);
	const tube_s tube = { _mm_set1_ps(a->x), _mm_set1_ps(dx), _mm_set1_ps(dy), _mm_set1_ps(squared > 1e-12f ? 1 / squared : 0),
		_mm_set1_ps(ra), _mm_set1_ps(rb - ra), _mm_set1_ps(a->z), _mm_set1_ps(b->z - a->z), _mm_set1_ps(relief),
		_mm_set1_ps(target->relief / (b->w * b->w) - relief) };
	for (uint32_t row = (uint32_t)low; row < target->rows && (float)row <= high; ++row) {
		const float y = (float)row + 0.5f - a->y;
		float from = left;
		float to = right;
		if (steep != 0) {
			const float middle = a->x + dx * y * steep;
			from = sc_greater(from, middle - half);
			to = sc_lesser(to, middle + half);
		}
		const uint32_t first = (uint32_t)sc_clamp(from - 0.5f, 0, (float)target->columns);
		const uint32_t end = (uint32_t)sc_clamp(to + 1.5f, 0, (float)target->columns);
		draw_tube_row(target, &tube, row, y, first, end, point);
	}
}
