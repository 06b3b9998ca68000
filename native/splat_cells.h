// Depth buffer of the splatters of points and lines: a cell per pixel, in which the nearest element wins.
//
// A cell has the depth as float32 in its upper half and the number of the element in its lower half, so that the smallest cell is the
// nearest element. As positive doubles, cells have the same order, and SSE2 has a minimum of doubles.
#pragma once

#include <emmintrin.h>

#include "point_splat.h"

// Has the largest depth.
#define SC_EMPTY_CELL 0x4000000000000000u

// Checks a view and the number of its cells.
int sc_cells_check(const sc_splat_view_s *view, uint64_t cell_count);

// Copies rows `begin` to `end` of the view's pixels to `band`, each element expanded to a square of `point_size`. `band` has room for
// `end - begin + point_size - 1` rows of cells, each `width + point_size - 1` long; only the first `width` of each of the first
// `end - begin` are valid afterwards.
void sc_cells_expand(const sc_splat_view_s *view, const uint64_t *cells, uint64_t begin, uint64_t end, double *band);

// Number of rows per call of sc_cells_expand.
uint64_t sc_cells_grain(const sc_splat_view_s *view);

// Keeps the nearer one of a cell and a value. Threads may put into the same cell.
static inline void sc_cell_put(uint64_t *cell, uint64_t value) {
	uint64_t before = __atomic_load_n(cell, __ATOMIC_RELAXED);
	while (value < before && !__atomic_compare_exchange_n(cell, &before, value, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}

// Row of a matrix times four points.
static inline __m128 sc_transform(const __m128 row[4], __m128 x, __m128 y, __m128 z) {
	return _mm_add_ps(_mm_add_ps(_mm_mul_ps(row[0], x), _mm_mul_ps(row[1], y)), _mm_add_ps(_mm_mul_ps(row[2], z), row[3]));
}

// Loads x, y, z of four consecutive points.
static inline void sc_load_positions(const float *at, __m128 *x, __m128 *y, __m128 *z) {
	const __m128 a = _mm_loadu_ps(at); // x0 y0 z0 x1
	const __m128 b = _mm_loadu_ps(at + 4); // y1 z1 x2 y2
	const __m128 c = _mm_loadu_ps(at + 8); // z2 x3 y3 z3
	const __m128 x2_y2_x3_y3 = _mm_shuffle_ps(b, c, _MM_SHUFFLE(2, 1, 3, 2));
	const __m128 y0_z0_y1_z1 = _mm_shuffle_ps(a, b, _MM_SHUFFLE(1, 0, 2, 1));
	*x = _mm_shuffle_ps(a, x2_y2_x3_y3, _MM_SHUFFLE(2, 0, 3, 0));
	*y = _mm_shuffle_ps(y0_z0_y1_z1, x2_y2_x3_y3, _MM_SHUFFLE(3, 1, 2, 0));
	*z = _mm_shuffle_ps(y0_z0_y1_z1, c, _MM_SHUFFLE(3, 0, 3, 1));
}
