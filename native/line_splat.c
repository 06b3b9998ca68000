#include "line_splat.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "float_limits.h"
#include "line_clip.h"
#include "line_draw.h"
#include "line_view.h"
#include "parallel.h"
#include "splat_cells.h"

// Streamlines per range of a parallel loop.
#define GRAIN 256

// Points that are projected before their segments are drawn: 4 KB, in the first-level cache.
#define BLOCK 256

typedef struct {
	sc_line_target_s target;
	const sc_lines_s *lines;
	uint64_t begin;
	// Rows of the matrix that give column, row, depth (each times w) and w.
	float matrix[4][4];
	// NULL: no planes.
	const sc_clip_s *clip;
} add_work_s;

static void to_clip(const add_work_s *work, const float *position, float out[4]) {
	for (int row = 0; row < 4; ++row) {
		const float *m = work->matrix[row];
		out[row] = m[0] * position[0] + m[1] * position[1] + m[2] * position[2] + m[3];
	}
}

static int to_cell(const sc_line_target_s *target, const float at[4], sc_cell_point_s *out) {
	const float scale = 1 / at[3];
	const float x = at[0] * scale;
	const float y = at[1] * scale;
	const float z = at[2] * scale;
	if (!(at[3] > 0 && isfinite(x) && isfinite(y) && isfinite(z))) {
		return 0;
	}
	// The largest float below the limit.
	const float right = nextafterf((float)target->columns, 0);
	const float top = nextafterf((float)target->rows, 0);
	*out = target->radius > 0 ? (sc_cell_point_s){ x, y, sc_clamp(z, 0, 1), at[3] }
		: (sc_cell_point_s){ sc_clamp(x, 0, right), sc_clamp(y, 0, top), sc_clamp(z, 0, 1), at[3] };
	return 1;
}

// Draws a segment that is not inside as a whole.
static void draw_clipped(const add_work_s *work, uint32_t point) {
	const sc_line_target_s *target = &work->target;
	float ends[2][3];
	memcpy(ends, &work->lines->positions[3 * (uint64_t)point], sizeof(ends));
	if (work->clip != NULL && !sc_clip_to_planes(work->clip, ends[0], ends[1])) {
		return;
	}
	float a[4];
	float b[4];
	to_clip(work, ends[0], a);
	to_clip(work, ends[1], b);
	sc_cell_point_s from;
	sc_cell_point_s to;
	float limits[3] = { (float)target->columns, (float)target->rows, 1 };
	if (target->radius > 0) {
		// Tubes reach over the border by their radius: shifts the planes outwards.
		const float margin = target->radius / sc_greater(sc_lesser(a[3], b[3]), SC_CLIP_MIN_W);
		if (!(margin < 2 * SC_SPLAT_MAX_SIDE)) {
			return;
		}
		a[0] += margin * a[3];
		a[1] += margin * a[3];
		b[0] += margin * b[3];
		b[1] += margin * b[3];
		limits[0] += 2 * margin;
		limits[1] += 2 * margin;
		if (!sc_clip_to_view(a, b, limits) || !to_cell(target, a, &from) || !to_cell(target, b, &to)) {
			return;
		}
		from.x -= margin;
		from.y -= margin;
		to.x -= margin;
		to.y -= margin;
		if (target->radius / sc_lesser(from.w, to.w) >= SC_LINES_MIN_RADIUS) {
			sc_tube_draw(target, &from, &to, point);
			return;
		}
		const float right = nextafterf((float)target->columns, 0);
		const float top = nextafterf((float)target->rows, 0);
		from = (sc_cell_point_s){ sc_clamp(from.x, 0, right), sc_clamp(from.y, 0, top), from.z, from.w };
		to = (sc_cell_point_s){ sc_clamp(to.x, 0, right), sc_clamp(to.y, 0, top), to.z, to.w };
		sc_line_draw(target, &from, &to, point, 1);
		return;
	}
	if (sc_clip_to_view(a, b, limits) && to_cell(target, a, &from) && to_cell(target, b, &to)) {
		sc_line_draw(target, &from, &to, point, 1);
	}
}

static int is_visible(const sc_lines_s *lines, uint32_t point) {
	return lines->visible == NULL || (lines->visible[point >> 5] >> (point & 31) & 1) != 0;
}

// Projects `count` points; the arrays have room for a multiple of four.
static void project(const add_work_s *work, const float *positions, uint32_t count, sc_cell_point_s *out, uint8_t *inside) {
	const sc_line_target_s *target = &work->target;
	__m128 matrix[4][4];
	for (int row = 0; row < 4; ++row) {
		for (int column = 0; column < 4; ++column) {
			matrix[row][column] = _mm_set1_ps(work->matrix[row][column]);
		}
	}
	const __m128 zero = _mm_setzero_ps();
	const __m128 one = _mm_set1_ps(1);
	const __m128 columns = _mm_set1_ps((float)target->columns);
	const __m128 rows = _mm_set1_ps((float)target->rows);
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

static void add_streamline(const add_work_s *work, uint32_t begin, uint32_t end) {
	const sc_line_target_s *target = &work->target;
	const sc_lines_s *lines = work->lines;
	sc_cell_point_s at[BLOCK];
	uint8_t inside[BLOCK];
	// Whether the cell of the last point was drawn, by the segment before.
	int is_drawn = 0;
	for (uint32_t first = begin; first + 1 < end; first += BLOCK - 1) {
		const uint32_t count = end - first < BLOCK ? end - first : BLOCK;
		project(work, &lines->positions[3 * (uint64_t)first], count, at, inside);
		if (work->clip != NULL) {
			sc_clip_mark(work->clip, &lines->positions[3 * (uint64_t)first], count, inside);
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
			} else if (target->radius > 0 && target->radius / sc_lesser(at[i].w, at[i + 1].w) >= SC_LINES_MIN_RADIUS) {
				sc_tube_draw(target, &at[i], &at[i + 1], point);
			} else {
				sc_line_draw(target, &at[i], &at[i + 1], point, !was_drawn);
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
	add_work_s work = { .target = { .cells = cells, .columns = view->width + border, .rows = view->height + border,
			.radius = (float)view3d->radius, .relief = (float)view3d->relief },
		.lines = lines, .begin = begin, .clip = clip };
	sc_lines_matrix(view, view3d->projection, border - view->point_size / 2.0 + 0.5, work.matrix);
	sc_parallel_for(end - begin, GRAIN, add_range, &work);
	return SC_OK;
}
