#include "line_splat.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "line_view.h"
#include "parallel.h"
#include "splat_cells.h"

// Streamlines per range of a parallel loop.
#define GRAIN 256

// Points that are projected before their segments are drawn: 4 KB, in the first-level cache.
#define BLOCK 256

// Distance to the eye (w) below which segments are clipped, besides the near plane.
#define MIN_W 1e-6f

typedef struct {
	uint64_t *cells;
	const sc_lines_s *lines;
	uint64_t begin;
	// Number of cells in a row and in a column.
	uint32_t columns;
	uint32_t rows;
	// Rows of the matrix that give column, row, depth (each times w) and w.
	float matrix[4][4];
	float radius;
	float relief;
	// NULL: no planes.
	const sc_clip_s *clip;
} add_work_s;

// A point in the cells: column, row, depth, w.
typedef struct {
	float x;
	float y;
	float z;
	float w;
} cell_point_s;

static void put(const add_work_s *work, uint32_t column, uint32_t row, float depth, uint32_t point) {
	// + 0 turns -0 into +0: the bits of -0 would compare as the largest depth.
	const float positive = depth + 0.0f;
	uint32_t bits;
	memcpy(&bits, &positive, sizeof(bits));
	sc_cell_put(&work->cells[(uint64_t)row * work->columns + column], (uint64_t)bits << 32 | point);
}

// Draws the cells of a segment, without the first one unless `has_first`. Both ends are inside.
static void draw_line(const add_work_s *work, const cell_point_s *a, const cell_point_s *b, uint32_t point, int has_first) {
	const int32_t x0 = (int32_t)a->x;
	const int32_t y0 = (int32_t)a->y;
	const int32_t x1 = (int32_t)b->x;
	const int32_t y1 = (int32_t)b->y;
	if (has_first) {
		put(work, (uint32_t)x0, (uint32_t)y0, a->z, point);
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
			put(work, (uint32_t)(a->x + t * dx), (uint32_t)(a->y + t * dy), a->z + t * dz, point);
		}
	}
	if (steps > 0) {
		put(work, (uint32_t)x1, (uint32_t)y1, b->z, point);
	}
}

// NaN becomes the minimum.
static float clamp(float value, float min, float max) {
	return value > min ? value < max ? value : max : min;
}

static float lesser(float a, float b) {
	return a < b ? a : b;
}

static float greater(float a, float b) {
	return a > b ? a : b;
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
static void draw_tube_row(const add_work_s *work, const tube_s *tube, uint32_t row, float y, uint32_t column, uint32_t end,
	uint32_t point) {
	const __m128 zero = _mm_setzero_ps();
	const __m128 one = _mm_set1_ps(1);
	const __m128 height = _mm_set1_ps(y);
	const __m128 height_share = _mm_mul_ps(height, tube->dy);
	uint64_t *cells = &work->cells[(uint64_t)row * work->columns];
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

// Draws a tube of a segment: a capsule in the image, whose depth is that of a round tube.
static void draw_tube(const add_work_s *work, const cell_point_s *a, const cell_point_s *b, uint32_t point) {
	const float ra = work->radius / a->w;
	const float rb = work->radius / b->w;
	const float radius = greater(ra, rb);
	const float dx = b->x - a->x;
	const float dy = b->y - a->y;
	const float squared = dx * dx + dy * dy;
	const float left = lesser(a->x, b->x) - radius;
	const float right = greater(a->x, b->x) + radius;
	const float low = clamp(lesser(a->y, b->y) - radius, 0, (float)work->rows);
	const float high = clamp(greater(a->y, b->y) + radius, 0, (float)work->rows);
	const float steep = fabsf(dy) > 1e-6f ? 1 / dy : 0;
	// Half of the width of the infinite strip around the axis along a row.
	const float half = radius * sqrtf(squared) * fabsf(steep);
	const float relief = work->relief / (a->w * a->w);
	const tube_s tube = { _mm_set1_ps(a->x), _mm_set1_ps(dx), _mm_set1_ps(dy), _mm_set1_ps(squared > 1e-12f ? 1 / squared : 0),
		_mm_set1_ps(ra), _mm_set1_ps(rb - ra), _mm_set1_ps(a->z), _mm_set1_ps(b->z - a->z), _mm_set1_ps(relief),
		_mm_set1_ps(work->relief / (b->w * b->w) - relief) };
	for (uint32_t row = (uint32_t)low; row < work->rows && (float)row <= high; ++row) {
		const float y = (float)row + 0.5f - a->y;
		float from = left;
		float to = right;
		if (steep != 0) {
			const float middle = a->x + dx * y * steep;
			from = greater(from, middle - half);
			to = lesser(to, middle + half);
		}
		const uint32_t first = (uint32_t)clamp(from - 0.5f, 0, (float)work->columns);
		const uint32_t end = (uint32_t)clamp(to + 1.5f, 0, (float)work->columns);
		draw_tube_row(work, &tube, row, y, first, end, point);
	}
}

// Clips a segment in homogeneous coordinates to the part of `limits` (column, row and depth between 0 and the limit times w).
// @returns whether anything is left
static int clip(float a[4], float b[4], const float limits[3]) {
	float t0 = 0;
	float t1 = 1;
	for (int plane = 0; plane < 7; ++plane) {
		const int axis = plane >> 1;
		const float da = plane == 6 ? a[3] - MIN_W : plane & 1 ? limits[axis] * a[3] - a[axis] : a[axis];
		const float db = plane == 6 ? b[3] - MIN_W : plane & 1 ? limits[axis] * b[3] - b[axis] : b[axis];
		if (!(da >= 0 || db >= 0)) {
			return 0;
		}
		if (da < 0 || db < 0) {
			const float t = da / (da - db);
			if (da < 0) {
				t0 = greater(t0, t);
			} else {
				t1 = lesser(t1, t);
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

static void to_clip(const add_work_s *work, const float *position, float out[4]) {
	for (int row = 0; row < 4; ++row) {
		const float *m = work->matrix[row];
		out[row] = m[0] * position[0] + m[1] * position[1] + m[2] * position[2] + m[3];
	}
}

static int to_cell(const add_work_s *work, const float at[4], cell_point_s *out) {
	const float scale = 1 / at[3];
	const float x = at[0] * scale;
	const float y = at[1] * scale;
	const float z = at[2] * scale;
	if (!(at[3] > 0 && isfinite(x) && isfinite(y) && isfinite(z))) {
		return 0;
	}
	// The largest float below the limit.
	const float right = nextafterf((float)work->columns, 0);
	const float top = nextafterf((float)work->rows, 0);
	*out = work->radius > 0 ? (cell_point_s){ x, y, clamp(z, 0, 1), at[3] }
		: (cell_point_s){ clamp(x, 0, right), clamp(y, 0, top), clamp(z, 0, 1), at[3] };
	return 1;
}

// Cuts off the parts of a segment that are beyond planes. @returns whether anything is left
static int clip_to_planes(const sc_clip_s *clip, float a[3], float b[3]) {
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

// Draws a segment that is not inside as a whole.
static void draw_clipped(const add_work_s *work, uint32_t point) {
	float ends[2][3];
	memcpy(ends, &work->lines->positions[3 * (uint64_t)point], sizeof(ends));
	if (work->clip != NULL && !clip_to_planes(work->clip, ends[0], ends[1])) {
		return;
	}
	float a[4];
	float b[4];
	to_clip(work, ends[0], a);
	to_clip(work, ends[1], b);
	cell_point_s from;
	cell_point_s to;
	float limits[3] = { (float)work->columns, (float)work->rows, 1 };
	if (work->radius > 0) {
		// Tubes reach over the border by their radius: shifts the planes outwards.
		const float margin = work->radius / greater(lesser(a[3], b[3]), MIN_W);
		if (!(margin < 2 * SC_SPLAT_MAX_SIDE)) {
			return;
		}
		a[0] += margin * a[3];
		a[1] += margin * a[3];
		b[0] += margin * b[3];
		b[1] += margin * b[3];
		limits[0] += 2 * margin;
		limits[1] += 2 * margin;
		if (!clip(a, b, limits) || !to_cell(work, a, &from) || !to_cell(work, b, &to)) {
			return;
		}
		from.x -= margin;
		from.y -= margin;
		to.x -= margin;
		to.y -= margin;
		if (work->radius / lesser(from.w, to.w) >= SC_LINES_MIN_RADIUS) {
			draw_tube(work, &from, &to, point);
			return;
		}
		const float right = nextafterf((float)work->columns, 0);
		const float top = nextafterf((float)work->rows, 0);
		from = (cell_point_s){ clamp(from.x, 0, right), clamp(from.y, 0, top), from.z, from.w };
		to = (cell_point_s){ clamp(to.x, 0, right), clamp(to.y, 0, top), to.z, to.w };
		draw_line(work, &from, &to, point, 1);
		return;
	}
	if (clip(a, b, limits) && to_cell(work, a, &from) && to_cell(work, b, &to)) {
		draw_line(work, &from, &to, point, 1);
	}
}

static int is_visible(const sc_lines_s *lines, uint32_t point) {
	return lines->visible == NULL || (lines->visible[point >> 5] >> (point & 31) & 1) != 0;
}

// Projects `count` points; the arrays have room for a multiple of four.
static void project(const add_work_s *work, const float *positions, uint32_t count, cell_point_s *out, uint8_t *inside) {
	__m128 matrix[4][4];
	for (int row = 0; row < 4; ++row) {
		for (int column = 0; column < 4; ++column) {
			matrix[row][column] = _mm_set1_ps(work->matrix[row][column]);
		}
	}
	const __m128 zero = _mm_setzero_ps();
	const __m128 one = _mm_set1_ps(1);
	const __m128 columns = _mm_set1_ps((float)work->columns);
	const __m128 rows = _mm_set1_ps((float)work->rows);
	for (uint32_t i = 0; i < count; i += 4) {
		__m128 x, y, z;
		if (i + 4 <= count) {
			sc_load_positions(&positions[3 * (uint64_t)i], &x, &y, &z);
		} else {
			float rest[12] = { 0 };
			memcpy(rest, &positions[3 * (uint64_t)i], (count - i) * 3 * sizeof(float));
			sc_load_positions(rest, &x, &y, &z);
		}
		__m128 w = sc_transform(matrix[3], x, y, z);
		const __m128 scale = _mm_div_ps(one, w);
		__m128 column = _mm_mul_ps(sc_transform(matrix[0], x, y, z), scale);
		__m128 row = _mm_mul_ps(sc_transform(matrix[1], x, y, z), scale);
		__m128 depth = _mm_mul_ps(sc_transform(matrix[2], x, y, z), scale);
		// NaN fails all comparisons.
		__m128 all = _mm_and_ps(_mm_cmpgt_ps(w, zero), _mm_and_ps(_mm_cmpge_ps(depth, zero), _mm_cmple_ps(depth, one)));
		all = _mm_and_ps(all, _mm_and_ps(_mm_cmpge_ps(column, zero), _mm_cmplt_ps(column, columns)));
		all = _mm_and_ps(all, _mm_and_ps(_mm_cmpge_ps(row, zero), _mm_cmplt_ps(row, rows)));
		_MM_TRANSPOSE4_PS(column, row, depth, w);
		_mm_storeu_ps(&out[i].x, column);
		_mm_storeu_ps(&out[i + 1].x, row);
		_mm_storeu_ps(&out[i + 2].x, depth);
		_mm_storeu_ps(&out[i + 3].x, w);
		const int mask = _mm_movemask_ps(all);
		for (int k = 0; k < 4; ++k) {
			inside[i + (uint32_t)k] = mask >> k & 1;
		}
	}
}

// Marks the points that are beyond a plane as not inside.
static void mark_beyond(const sc_clip_s *clip, const float *positions, uint32_t count, uint8_t *inside) {
	for (uint32_t plane = 0; plane < clip->count && plane < SC_CLIP_MAX_PLANES; ++plane) {
		for (uint32_t i = 0; i < count; ++i) {
			inside[i] &= plane_distance(clip->planes[plane], &positions[3 * (uint64_t)i]) >= 0;
		}
	}
}

static void add_streamline(const add_work_s *work, uint32_t begin, uint32_t end) {
	const sc_lines_s *lines = work->lines;
	cell_point_s at[BLOCK];
	uint8_t inside[BLOCK];
	// Whether the cell of the last point was drawn, by the segment before.
	int is_drawn = 0;
	for (uint32_t first = begin; first + 1 < end; first += BLOCK - 1) {
		const uint32_t count = end - first < BLOCK ? end - first : BLOCK;
		project(work, &lines->positions[3 * (uint64_t)first], count, at, inside);
		if (work->clip != NULL) {
			mark_beyond(work->clip, &lines->positions[3 * (uint64_t)first], count, inside);
		}
		for (uint32_t i = 0; i + 1 < count; ++i) {
			const uint32_t point = first + i;
			const int was_drawn = is_drawn;
			is_drawn = 0;
			if (!is_visible(lines, point) || !is_visible(lines, point + 1)) {
				continue;
			}
			if (!(inside[i] && inside[i + 1])) {
				draw_clipped(work, point);
			} else if (work->radius > 0 && work->radius / lesser(at[i].w, at[i + 1].w) >= SC_LINES_MIN_RADIUS) {
				draw_tube(work, &at[i], &at[i + 1], point);
			} else {
				draw_line(work, &at[i], &at[i + 1], point, !was_drawn);
				is_drawn = 1;
			}
		}
	}
}

static void add_range(void *context, uint64_t begin, uint64_t end) {
	const add_work_s *work = context;
	const sc_lines_s *lines = work->lines;
	for (uint64_t i = work->begin + begin; i < work->begin + end; ++i) {
		const uint32_t line = lines->order[i];
		if (line >= lines->lines) {
			continue;
		}
		const uint32_t first = lines->offsets[line];
		const uint32_t last = lines->offsets[line + 1];
		if (first < last && last <= lines->points) {
			add_streamline(work, first, last);
		}
	}
}

static int check_lines(const sc_lines_s *lines, uint64_t begin, uint64_t end) {
	if (lines->points > UINT32_MAX || lines->lines >= UINT32_MAX || begin > end || end > lines->order_count) {
		return sc_fail(SC_E_INVALID, "%llu streamlines do not have the range %llu to %llu", (unsigned long long)lines->order_count,
			(unsigned long long)begin, (unsigned long long)end);
	}
	return SC_OK;
}

int sc_lines_add(const sc_splat_view_s *view, uint64_t *cells, uint64_t cell_count, const sc_lines_s *lines, uint64_t begin, uint64_t end,
	const sc_lines_view_s *view3d, const sc_clip_s *clip) {
	if (sc_cells_check(view, cell_count) < 0 || check_lines(lines, begin, end) < 0) {
		return sc_error_code();
	}
	const uint32_t border = view->point_size - 1;
	add_work_s work = { .cells = cells, .lines = lines, .begin = begin, .columns = view->width + border, .rows = view->height + border,
		.radius = (float)view3d->radius, .relief = (float)view3d->relief,
		.clip = clip };
	sc_lines_matrix(view, view3d->projection, border - view->point_size / 2.0 + 0.5, work.matrix);
	sc_parallel_for(end - begin, GRAIN, add_range, &work);
	return SC_OK;
}
