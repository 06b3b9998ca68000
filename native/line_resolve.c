#include <math.h>
#include <string.h>

#include "error.h"
#include "float_limits.h"
#include "line_splat.h"
#include "line_values.h"
#include "line_view.h"
#include "parallel.h"
#include "splat_cells.h"

// Number of pixels ahead whose points are fetched into the cache: those of neighbouring pixels are anywhere in memory.
#define PREFETCH 24

// Share of the direction to the eye in the normal of a line: one that points at the viewer would be dark otherwise.
#define TILT 0.5f

typedef struct {
	const sc_splat_view_s *view;
	const uint64_t *cells;
	const sc_lines_s *lines;
	const sc_lines_view_s *view3d;
	const sc_lines_style_s *style;
	float matrix[4][4];
	float model_view[4][3]; // columns
	float *depth_out;
	uint32_t *color_out;
	int has_failed;
} resolve_work_s;

typedef struct {
	float x;
	float y;
	float z;
} vector_s;

static vector_s scaled(vector_s v, float factor) {
	return (vector_s){ v.x * factor, v.y * factor, v.z * factor };
}

static vector_s added(vector_s a, vector_s b) {
	return (vector_s){ a.x + b.x, a.y + b.y, a.z + b.z };
}

static vector_s cross(vector_s a, vector_s b) {
	return (vector_s){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

static float length(vector_s v) {
	return sqrtf(v.x * v.x + v.y * v.y + v.z * v.z);
}

static vector_s normalized(vector_s v) {
	const float size = length(v);
	return size > 0 ? scaled(v, 1 / size) : (vector_s){ 0, 0, 1 };
}

// A segment as it is seen at one pixel.
typedef struct {
	vector_s tangent; // in the coordinates of the streamlines
	float along; // 0 at the first point, 1 at the second
	float brightness;
} sample_s;

static float brightness_of(const resolve_work_s *work, vector_s normal) {
	const int last = SC_LINES_LIGHT_SIDE - 1;
	const int column = (int)sc_clamp((normal.x + 1) * (0.5f * (float)last) + 0.5f, 0, (float)last);
	const int row = (int)sc_clamp((normal.y + 1) * (0.5f * (float)last) + 0.5f, 0, (float)last);
	return work->style->brightness[row * SC_LINES_LIGHT_SIDE + column];
}

static void to_pixel(const resolve_work_s *work, const float *p, float *x, float *y, float *w) {
	const float(*m)[4] = work->matrix;
	*w = m[3][0] * p[0] + m[3][1] * p[1] + m[3][2] * p[2] + m[3][3];
	*x = (m[0][0] * p[0] + m[0][1] * p[1] + m[0][2] * p[2] + m[0][3]) / *w;
	*y = (m[1][0] * p[0] + m[1][1] * p[1] + m[1][2] * p[2] + m[1][3]) / *w;
}

static vector_s to_view(const resolve_work_s *work, vector_s v, float w) {
	const float(*m)[3] = work->model_view;
	return (vector_s){
		m[0][0] * v.x + m[1][0] * v.y + m[2][0] * v.z + m[3][0] * w,
		m[0][1] * v.x + m[1][1] * v.y + m[2][1] * v.z + m[3][1] * w,
		m[0][2] * v.x + m[1][2] * v.y + m[2][2] * v.z + m[3][2] * w,
	};
}

static float inverse_root(float value) {
	return _mm_cvtss_f32(_mm_rsqrt_ss(_mm_set_ss(value)));
}

static float dot(vector_s a, vector_s b) {
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

// Unit vector from a point to the eye, in view coordinates.
static vector_s to_eye(const resolve_work_s *work, const float *p) {
	if (work->view3d->is_orthographic) {
		return (vector_s){ 0, 0, 1 };
	}
	const vector_s position = to_view(work, (vector_s){ p[0], p[1], p[2] }, 1);
	return scaled(position, -inverse_root(dot(position, position)));
}

// Normal of a line that is turned towards the eye, tilted even more. `axis` is a unit vector, or not finite for a segment without length.
static vector_s front_of(vector_s axis, vector_s eye) {
	const float cosine = dot(axis, eye);
	const float squared_sine = 1 - cosine * cosine;
	if (!(squared_sine > 1e-6f)) {
		return eye;
	}
	const float share = inverse_root(squared_sine);
	const vector_s front = added(scaled(eye, share + TILT), scaled(axis, -cosine * share));
	return scaled(front, inverse_root(dot(front, front)));
}

// Where a pixel is on a segment: 0 at the first point, 1 at the second; and across a tube, from -1 to 1.
static void locate(const resolve_work_s *work, const float *p, vector_s axis, vector_s eye, float column, float row, float *along,
	float *across, vector_s *side) {
	float ax, ay, aw, bx, by, bw;
	to_pixel(work, p, &ax, &ay, &aw);
	to_pixel(work, p + 3, &bx, &by, &bw);
	*along = 0;
	*across = 0;
	// An end behind the eye has no pixel.
	if (!(aw > 0 && bw > 0)) {
		return;
	}
	const float dx = bx - ax;
	const float dy = by - ay;
	const float squared = dx * dx + dy * dy;
	const float t = squared > 1e-12f ? sc_clamp(((column - ax) * dx + (row - ay) * dy) / squared, 0, 1) : 0;
	*along = t;
	const float radius = (float)work->view3d->radius / (aw + t * (bw - aw));
	if (!(radius >= SC_LINES_MIN_RADIUS)) {
		return;
	}
	*side = normalized(cross(axis, eye));
	const float flat = side->x * side->x + side->y * side->y;
	if (flat > 1e-6f) {
		const float ex = column - ax - t * dx;
		const float ey = row - ay - t * dy;
		*across = sc_clamp((ex * side->x + ey * side->y) / (radius * sqrtf(flat)), -1, 1);
	}
}

static sample_s sample_at(const resolve_work_s *work, uint32_t point, float column, float row) {
	const float *p = &work->lines->positions[3 * (uint64_t)point];
	vector_s tangent = { p[3] - p[0], p[4] - p[1], p[5] - p[2] };
	if (point > 0 && dot(tangent, tangent) == 0) {
		// A repeated point has no direction; that of the segment before it continues. It would be black.
		tangent = (vector_s){ p[0] - p[-3], p[1] - p[-2], p[2] - p[-1] };
	}
	const vector_s direction = to_view(work, tangent, 0);
	const vector_s axis = scaled(direction, inverse_root(dot(direction, direction)));
	const vector_s eye = to_eye(work, p);
	vector_s normal = front_of(axis, eye);
	sample_s sample = { .tangent = tangent };
	if (work->view3d->radius > 0 || work->style->source >= SC_LINES_PER_POINT) {
		float across;
		vector_s side = { 0, 0, 0 };
		locate(work, p, axis, eye, column, row, &sample.along, &across, &side);
		normal = added(scaled(side, across), scaled(normal, sqrtf(1 - across * across)));
	}
	sample.brightness = brightness_of(work, normal);
	return sample;
}

// Number of the streamline of a point. `near` is the result for another point, which is often the same.
static uint32_t line_of(const sc_lines_s *lines, uint32_t point, uint32_t near) {
	if (near < lines->lines && lines->offsets[near] <= point && point < lines->offsets[near + 1]) {
		return near;
	}
	uint64_t low = 0;
	uint64_t high = lines->lines;
	while (low + 1 < high) {
		const uint64_t middle = (low + high) / 2;
		if (lines->offsets[middle] <= point) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return (uint32_t)low;
}

static uint32_t pack(float red, float green, float blue) {
	return (uint32_t)(255 * red + 0.5f) | (uint32_t)(255 * green + 0.5f) << 8 | (uint32_t)(255 * blue + 0.5f) << 16 | 0xff000000u;
}

static uint32_t scalar_color(const resolve_work_s *work, uint32_t point, float along) {
	const sc_lines_style_s *style = work->style;
	double value = sc_value(&style->values, style->source == SC_LINES_PER_POINT_NEAREST && along > 0.5f ? point + 1 : point);
	if (style->source == SC_LINES_PER_POINT) {
		value += (double)along * (sc_value(&style->values, (uint64_t)point + 1) - value);
	}
	const double last = (double)(style->table_count - 1);
	const double at = style->max > style->min ? (value - style->min) / (style->max - style->min) * last + 0.5 : 0;
	return style->table[at >= last ? (uint64_t)last : at > 0 ? (uint64_t)at : 0];
}

static uint32_t color_at(const resolve_work_s *work, uint32_t point, const sample_s *sample, uint32_t *line) {
	const sc_lines_style_s *style = work->style;
	switch (style->source) {
		case SC_LINES_FIXED:
			return style->fixed;
		case SC_LINES_DIRECTION: {
			const vector_s t = sample->tangent;
			const float scale = inverse_root(dot(t, t));
			// The approximate root may be too large by 0.04 %.
			return pack(sc_clamp(fabsf(t.x) * scale, 0, 1), sc_clamp(fabsf(t.y) * scale, 0, 1), sc_clamp(fabsf(t.z) * scale, 0, 1));
		}
		case SC_LINES_PER_LINE:
			*line = line_of(work->lines, point, *line);
			return style->table[*line];
		default:
			return scalar_color(work, point, sample->along);
	}
}

static uint32_t shaded(uint32_t color, float brightness) {
	uint32_t out = color & 0xff000000u;
	for (int shift = 0; shift < 24; shift += 8) {
		const float component = (float)(color >> shift & 0xff) * brightness + 0.5f;
		out |= (component >= 255 ? 255u : component > 0 ? (uint32_t)component : 0u) << shift;
	}
	return out;
}

static void resolve_rows(void *context, uint64_t begin, uint64_t end) {
	resolve_work_s *work = context;
	const sc_splat_view_s *view = work->view;
	const uint64_t columns = (uint64_t)view->width + view->point_size - 1;
	double *band = NULL;
	const uint64_t *cells = &work->cells[begin * columns];
	if (view->point_size > 1) {
		band = malloc((end - begin + view->point_size - 1) * columns * sizeof(*band));
		if (band == NULL) {
			__atomic_store_n(&work->has_failed, 1, __ATOMIC_RELAXED);
			return;
		}
		sc_cells_expand(view, work->cells, begin, end, band);
	}
	uint32_t line = UINT32_MAX;
	for (uint64_t row = 0; row < end - begin; ++row) {
		for (uint64_t column = 0; column < view->width; ++column) {
			uint64_t cell = cells[row * columns + column];
			if (band != NULL) {
				memcpy(&cell, &band[row * columns + column], sizeof(cell));
			}
			if (column + PREFETCH < view->width) {
				const uint32_t ahead = (uint32_t)cells[row * columns + column + PREFETCH];
				if ((uint64_t)ahead < work->lines->points) {
					_mm_prefetch((const char *)&work->lines->positions[3 * (uint64_t)ahead], _MM_HINT_T0);
				}
			}
			const uint64_t pixel = (begin + row) * view->width + column;
			const uint32_t depth = (uint32_t)(cell >> 32);
			memcpy(&work->depth_out[pixel], &depth, sizeof(depth));
			const uint32_t point = (uint32_t)cell;
			if (cell != SC_EMPTY_CELL && (uint64_t)point + 1 < work->lines->points) {
				const sample_s sample = sample_at(work, point, (float)column + 0.5f, (float)(begin + row) + 0.5f);
				work->color_out[pixel] = shaded(color_at(work, point, &sample, &line), sample.brightness);
			}
		}
	}
	free(band);
}

static int check_style(const sc_lines_s *lines, const sc_lines_style_s *style) {
	const uint64_t wanted = style->source == SC_LINES_PER_LINE ? lines->lines : style->source >= SC_LINES_PER_POINT ? 1 : 0;
	if (style->source < SC_LINES_FIXED || style->source > SC_LINES_PER_POINT_NEAREST || style->table_count < wanted) {
		return sc_fail(SC_E_INVALID, "%llu colors are too few", (unsigned long long)style->table_count);
	}
	if (style->source >= SC_LINES_PER_POINT && !sc_values_are_valid(&style->values, lines->points)) {
		return sc_fail(SC_E_INVALID, "%llu values are too few, or have no such component", (unsigned long long)style->values.count);
	}
	return SC_OK;
}

int sc_lines_resolve(const sc_splat_view_s *view, const uint64_t *cells, uint64_t cell_count, const sc_lines_s *lines,
	const sc_lines_view_s *view3d, const sc_lines_style_s *style, float *depth_out, uint32_t *color_out, uint64_t pixel_count) {
	if (sc_cells_check(view, cell_count) < 0 || check_style(lines, style) < 0) {
		return sc_error_code();
	}
	if (pixel_count < (uint64_t)view->width * view->height) {
		return sc_fail(SC_E_TOO_SMALL, "%llu pixels are too few", (unsigned long long)pixel_count);
	}
	resolve_work_s work = { .view = view, .cells = cells, .lines = lines, .view3d = view3d, .style = style, .depth_out = depth_out,
		.color_out = color_out };
	sc_lines_matrix(view, view3d->projection, 0, work.matrix);
	for (int column = 0; column < 4; ++column) {
		for (int row = 0; row < 3; ++row) {
			work.model_view[column][row] = (float)view3d->model_view[4 * column + row];
		}
	}
	sc_parallel_for(view->height, sc_cells_grain(view), resolve_rows, &work);
	return work.has_failed ? sc_fail(SC_E_SYSTEM, "there is not enough memory to draw streamlines") : SC_OK;
}
