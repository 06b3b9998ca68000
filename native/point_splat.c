#include "point_splat.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "parallel.h"
#include "splat_cells.h"

// Points per range of a parallel loop.
#define GRAIN (1 << 16)

// Maximum number of points, since point numbers have 32 bits.
#define MAX_POINTS 0xffffffffu

#define SRGB_STEPS 8192

typedef struct {
	uint64_t *cells;
	const float *coordinates;
	uint64_t begin;
	uint64_t end;
	uint32_t stride;
	uint32_t columns;
	uint32_t rows;
	// Rows of the matrix that give column, row, depth (each times w) and w, each for all four points of a vector.
	__m128 matrix[4][4];
	// Coefficients of the clip planes, each for all four points.
	__m128 planes[SC_CLIP_MAX_PLANES][4];
	uint32_t plane_count;
} add_work_s;

// Adds four points; those above `count` are ignored.
static void add_four(const add_work_s *work, __m128 x, __m128 y, __m128 z, const uint32_t numbers[4], int count) {
	const __m128 w = sc_transform(work->matrix[3], x, y, z);
	const __m128 zero = _mm_setzero_ps();
	const __m128 depth = _mm_div_ps(sc_transform(work->matrix[2], x, y, z), w);
	const __m128 column = _mm_div_ps(sc_transform(work->matrix[0], x, y, z), w);
	const __m128 row = _mm_div_ps(sc_transform(work->matrix[1], x, y, z), w);
	// NaN fails all comparisons. Columns and rows inside are not negative, so that truncation rounds them down.
	__m128 inside = _mm_and_ps(_mm_cmpgt_ps(w, zero), _mm_and_ps(_mm_cmpge_ps(depth, zero), _mm_cmple_ps(depth, _mm_set1_ps(1))));
	inside = _mm_and_ps(inside, _mm_and_ps(_mm_cmpge_ps(column, zero), _mm_cmplt_ps(column, _mm_set1_ps((float)work->columns))));
	inside = _mm_and_ps(inside, _mm_and_ps(_mm_cmpge_ps(row, zero), _mm_cmplt_ps(row, _mm_set1_ps((float)work->rows))));
	for (uint32_t i = 0; i < work->plane_count; ++i) {
		inside = _mm_and_ps(inside, _mm_cmpge_ps(sc_transform(work->planes[i], x, y, z), zero));
	}
	const int mask = _mm_movemask_ps(inside) & ((1 << count) - 1);
	if (mask == 0) {
		return;
	}
	int32_t columns[4];
	int32_t rows[4];
	uint32_t depths[4];
	_mm_storeu_si128((__m128i *)columns, _mm_cvttps_epi32(column));
	_mm_storeu_si128((__m128i *)rows, _mm_cvttps_epi32(row));
	// + 0 turns -0 into +0: the bits of -0 would compare as the largest depth.
	_mm_storeu_si128((__m128i *)depths, _mm_castps_si128(_mm_add_ps(depth, zero)));
	for (int i = 0; i < 4; ++i) {
		if (mask >> i & 1) {
			sc_cell_put(&work->cells[(uint64_t)rows[i] * work->columns + (uint64_t)columns[i]], (uint64_t)depths[i] << 32 | numbers[i]);
		}
	}
}

static void add_successive(const add_work_s *work, uint64_t begin, uint64_t end) {
	uint64_t point = begin;
	for (; point + 4 <= end; point += 4) {
		__m128 x, y, z;
		sc_load_positions(&work->coordinates[3 * point], &x, &y, &z);
		const uint32_t first = (uint32_t)point;
		add_four(work, x, y, z, (const uint32_t[4]){ first, first + 1, first + 2, first + 3 }, 4);
	}
	for (; point < end; ++point) {
		const float *at = &work->coordinates[3 * point];
		add_four(work, _mm_set1_ps(at[0]), _mm_set1_ps(at[1]), _mm_set1_ps(at[2]), (const uint32_t[4]){ (uint32_t)point }, 1);
	}
}

// An integer hash with good low and high bits (C. Wellons, "lowbias32").
static uint32_t hash(uint32_t value) {
	value ^= value >> 16;
	value *= 0x7feb352d;
	value ^= value >> 15;
	value *= 0x846ca68b;
	return value ^ value >> 16;
}

// Adds one point of each of the blocks `begin` to `end`.
static void add_sampled(const add_work_s *work, uint64_t begin, uint64_t end) {
	for (uint64_t block = begin; block < end; block += 4) {
		uint32_t numbers[4] = { 0 };
		float at[3][4] = { { 0 } };
		const int count = end - block < 4 ? (int)(end - block) : 4;
		for (int i = 0; i < count; ++i) {
			const uint64_t first = work->begin + (block + (uint64_t)i) * work->stride;
			const uint64_t left = work->end - first;
			const uint64_t length = left < work->stride ? left : work->stride;
			const uint64_t point = first + ((uint64_t)hash((uint32_t)(block + (uint64_t)i)) * length >> 32);
			numbers[i] = (uint32_t)point;
			for (int axis = 0; axis < 3; ++axis) {
				at[axis][i] = work->coordinates[3 * point + (uint64_t)axis];
			}
		}
		add_four(work, _mm_loadu_ps(at[0]), _mm_loadu_ps(at[1]), _mm_loadu_ps(at[2]), numbers, count);
	}
}

static void add_range(void *context, uint64_t begin, uint64_t end) {
	const add_work_s *work = context;
	if (work->stride == 1) {
		add_successive(work, work->begin + begin, work->begin + end);
	} else {
		add_sampled(work, begin, end);
	}
}

int sc_splat_add(const sc_splat_view_s *view, uint64_t *cells, uint64_t cell_count, const float *coordinates, uint64_t points,
	uint64_t begin, uint64_t end, uint32_t stride, const double *matrix, const sc_clip_s *clip) {
	if (sc_cells_check(view, cell_count) < 0) {
		return sc_error_code();
	}
	if (points > MAX_POINTS || begin > end || end > points || stride == 0) {
		return sc_fail(SC_E_INVALID, "%llu points do not have the range %llu to %llu", (unsigned long long)points,
			(unsigned long long)begin, (unsigned long long)end);
	}
	const uint32_t border = view->point_size - 1;
	add_work_s work = { .cells = cells, .coordinates = coordinates, .begin = begin, .end = end, .stride = stride,
		.columns = view->width + border, .rows = view->height + border };
	// From normalized device coordinates to the lower left pixel of the square, whose centre is rounded to the nearest possible one.
	// The cells begin `border` pixels below and left of the view.
	const double offset = border - view->point_size / 2.0 + 0.5;
	const double scales[3] = { view->width / 2.0, view->height / 2.0, 0.5 };
	const double offsets[3] = { view->width / 2.0 + offset, view->height / 2.0 + offset, 0.5 };
	for (int column = 0; column < 4; ++column) {
		const double w = matrix[4 * column + 3];
		for (int row = 0; row < 3; ++row) {
			work.matrix[row][column] = _mm_set1_ps((float)(scales[row] * matrix[4 * column + row] + offsets[row] * w));
		}
		work.matrix[3][column] = _mm_set1_ps((float)w);
	}
	work.plane_count = clip == NULL ? 0 : clip->count < SC_CLIP_MAX_PLANES ? clip->count : SC_CLIP_MAX_PLANES;
	for (uint32_t i = 0; i < work.plane_count; ++i) {
		for (int column = 0; column < 4; ++column) {
			work.planes[i][column] = _mm_set1_ps(clip->planes[i][column]);
		}
	}
	const uint64_t count = end - begin;
	sc_parallel_for(count / stride + (count % stride != 0), GRAIN, add_range, &work);
	return SC_OK;
}

typedef struct {
	const sc_splat_view_s *view;
	const uint64_t *cells;
	float *depth_out;
	const uint32_t *colors;
	uint64_t points;
	uint32_t *color_out;
	int has_failed;
} resolve_work_s;

static void resolve_rows(void *context, uint64_t begin, uint64_t end) {
	resolve_work_s *work = context;
	const sc_splat_view_s *view = work->view;
	const uint64_t columns = (uint64_t)view->width + view->point_size - 1;
	const uint64_t count = (end - begin + view->point_size - 1) * columns;
	double *band = malloc(count * sizeof(*band));
	if (band == NULL) {
		__atomic_store_n(&work->has_failed, 1, __ATOMIC_RELAXED);
		return;
	}
	sc_cells_expand(view, work->cells, begin, end, band);
	for (uint64_t row = 0; row < end - begin; ++row) {
		for (uint64_t column = 0; column < view->width; ++column) {
			uint64_t cell;
			memcpy(&cell, &band[row * columns + column], sizeof(cell));
			const uint64_t pixel = (begin + row) * view->width + column;
			const uint32_t depth = (uint32_t)(cell >> 32);
			memcpy(&work->depth_out[pixel], &depth, sizeof(depth));
			const uint32_t point = (uint32_t)cell;
			if (work->colors != NULL && cell != SC_EMPTY_CELL && point < work->points) {
				work->color_out[pixel] = work->colors[point];
			}
		}
	}
	free(band);
}

int sc_splat_resolve(const sc_splat_view_s *view, const uint64_t *cells, uint64_t cell_count, float *depth_out,
	const uint32_t *colors, uint64_t points, uint32_t *color_out, uint64_t pixel_count) {
	if (sc_cells_check(view, cell_count) < 0) {
		return sc_error_code();
	}
	if (pixel_count < (uint64_t)view->width * view->height) {
		return sc_fail(SC_E_TOO_SMALL, "%llu pixels are too few", (unsigned long long)pixel_count);
	}
	resolve_work_s work = { view, cells, depth_out, colors, points, color_out, 0 };
	sc_parallel_for(view->height, sc_cells_grain(view), resolve_rows, &work);
	return work.has_failed ? sc_fail(SC_E_SYSTEM, "there is not enough memory to draw points") : SC_OK;
}

typedef struct {
	const float *linear;
	uint32_t *out;
	uint8_t srgb[SRGB_STEPS + 1];
} pack_work_s;

static uint32_t pack_component(const pack_work_s *work, float linear) {
	return work->srgb[linear >= 1 ? SRGB_STEPS : linear > 0 ? (int)(linear * SRGB_STEPS + 0.5f) : 0];
}

static void pack_range(void *context, uint64_t begin, uint64_t end) {
	const pack_work_s *work = context;
	for (uint64_t point = begin; point < end; ++point) {
		const float *color = &work->linear[3 * point];
		work->out[point] = pack_component(work, color[0]) | pack_component(work, color[1]) << 8
			| pack_component(work, color[2]) << 16 | 0xff000000u;
	}
}

int sc_splat_pack_colors(const float *linear, uint64_t points, uint32_t *out, uint64_t out_count) {
	if (out_count < points) {
		return sc_fail(SC_E_TOO_SMALL, "%llu colors are too few", (unsigned long long)out_count);
	}
	pack_work_s work = { .linear = linear, .out = out };
	for (int i = 0; i <= SRGB_STEPS; ++i) {
		const float value = (float)i / SRGB_STEPS;
		const float srgb = value <= 0.0031308f ? 12.92f * value : 1.055f * powf(value, 1 / 2.4f) - 0.055f;
		work.srgb[i] = (uint8_t)(255 * srgb + 0.5f);
	}
	sc_parallel_for(points, GRAIN, pack_range, &work);
	return SC_OK;
}
