#include "mesh_sampled.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "mesh_index.h"
#include "mesh_weld.h"
#include "parallel.h"

// Triangles or vertices per range of a parallel loop.
#define GRAIN (1 << 15)
// Maximum width and height of a picture.
#define MAX_SIDE 32768
// Tolerance of positions, pixels: drivers round them to 1/256, and float32 has an error of 1/1000.
#define TOLERANCE (1.0f / 64)
// Upper bound for the error of a float32 product with a matrix, relative to the sum of the terms' absolute values. Drivers multiply by two
// matrices.
#define RELATIVE_ERROR (1.0f / (1 << 21))
// Maximum number of samples in the bounding box of a triangle that is tested; larger triangles are listed.
#define MAX_SAMPLES 4

typedef float vector_t __attribute__((vector_size(16)));

typedef struct {
	const float *coordinates;
	vector_t columns[4]; // from coordinates to pixels, before the division by w
	vector_t absolute[4];
	float *out;
} projection_s;

typedef struct {
	const float *projected; // x and y of each vertex, pixels; x is NaN if they are not exact
	uint64_t vertices;
	const uint32_t *indices;
	float width;
	float height;
	uint8_t *is_sampled;  // of each triangle
	uint64_t *range_base; // number of the first listed triangle of each range
	uint32_t *out;
	int has_invalid; // an index is out of range
} work_s;

static inline vector_t multiply(const vector_t columns[4], float x, float y, float z) {
	return columns[0] * x + columns[1] * y + columns[2] * z + columns[3];
}

static void project_range(void *context, uint64_t begin, uint64_t end) {
	const projection_s *projection = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		const float *from = &projection->coordinates[3 * vertex];
		const vector_t position = multiply(projection->columns, from[0], from[1], from[2]);
		const float scale = 1 / position[3];
		const vector_t error
			= multiply(projection->absolute, fabsf(from[0]), fabsf(from[1]), fabsf(from[2])) * (RELATIVE_ERROR * scale);
		// Otherwise in front of the near plane, far from the origin, or not a number.
		const int is_exact = position[3] > 0 && position[2] >= -position[3] && error[0] < TOLERANCE && error[1] < TOLERANCE
			&& error[3] < 0.1f;
		projection->out[2 * vertex] = is_exact ? position[0] * scale : NAN;
		projection->out[2 * vertex + 1] = position[1] * scale;
	}
}

static inline float lower(float a, float b) { return a < b ? a : b; }
static inline float higher(float a, float b) { return a > b ? a : b; }

// The samples within an interval, of `size`: none if the first is above the last.
typedef struct {
	int first;
	int last;
} samples_s;

// Without branches: whether a small triangle contains a sample cannot be predicted.
static inline samples_s samples_within(float a, float b, float c, float size) {
	const float low = lower(a, lower(b, c)) - 0.5f - TOLERANCE;
	const float high = higher(a, higher(b, c)) - 0.5f + TOLERANCE;
	const float from = lower(higher(low, 0), size);
	const int first = (int)from;
	return (samples_s){ first + ((float)first < from), (int)(lower(higher(high, -1), size - 1) + 1) - 1 };
}

// Whether a sample is inside of a triangle, or within the tolerance of it. `x`, `y`: of the corners, relative to the sample.
static inline int is_inside(const float x[3], const float y[3]) {
	const float area = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0]);
	const float sign = area < 0 ? -1 : 1;
	int inside = 1;
	for (int i = 0; i < 3; ++i) {
		const int next = i == 2 ? 0 : i + 1;
		const float dx = x[next] - x[i];
		const float dy = y[next] - y[i];
		// The sum of the sides is at least the length of the edge.
		inside &= sign * (dy * x[i] - dx * y[i]) >= -TOLERANCE * (fabsf(dx) + fabsf(dy));
	}
	return inside;
}

static inline int is_sampled(const work_s *work, const uint32_t *corners) {
	const float *a = &work->projected[2 * (size_t)corners[0]];
	const float *b = &work->projected[2 * (size_t)corners[1]];
	const float *c = &work->projected[2 * (size_t)corners[2]];
	if (isnan(a[0] + b[0] + c[0])) {
		return 1;
	}
	const samples_s columns = samples_within(a[0], b[0], c[0], work->width);
	const samples_s rows = samples_within(a[1], b[1], c[1], work->height);
	if ((columns.first > columns.last) | (rows.first > rows.last)) {
		return 0;
	}
	if ((int64_t)(columns.last - columns.first + 1) * (rows.last - rows.first + 1) > MAX_SAMPLES) {
		return 1;
	}
	int sampled = 0;
	for (int row = rows.first; row <= rows.last; ++row) {
		for (int column = columns.first; column <= columns.last; ++column) {
			const float x = (float)column + 0.5f;
			const float y = (float)row + 0.5f;
			sampled |= is_inside((float[]){ a[0] - x, b[0] - x, c[0] - x }, (float[]){ a[1] - y, b[1] - y, c[1] - y });
		}
	}
	return sampled;
}

static void test_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint64_t count = 0;
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		const uint32_t *corners = &work->indices[3 * triangle];
		// Here, because reading all indices for a check of their own takes a tenth of the time.
		if ((corners[0] >= work->vertices) | (corners[1] >= work->vertices) | (corners[2] >= work->vertices)) {
			__atomic_store_n(&work->has_invalid, 1, __ATOMIC_RELAXED);
			return;
		}
		const int sampled = is_sampled(work, corners);
		work->is_sampled[triangle] = (uint8_t)sampled;
		count += (uint64_t)sampled;
	}
	work->range_base[begin / GRAIN] = count;
}

static void list_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint32_t *out = &work->out[3 * work->range_base[begin / GRAIN]];
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		if (work->is_sampled[triangle]) {
			memcpy(out, &work->indices[3 * triangle], 3 * sizeof(*out));
			out += 3;
		}
	}
}

// Returns the number of listed corners.
static int64_t list_triangles(work_s *work, uint64_t triangles) {
	sc_parallel_for(triangles, GRAIN, test_range, work);
	if (work->has_invalid) {
		return sc_fail(SC_E_INVALID, "a vertex index is out of range: the mesh has %llu vertices", (unsigned long long)work->vertices);
	}
	uint64_t total = 0;
	for (uint64_t range = 0; range * GRAIN < triangles; ++range) {
		const uint64_t count = work->range_base[range];
		work->range_base[range] = total;
		total += count;
	}
	sc_parallel_for(triangles, GRAIN, list_range, work);
	return (int64_t)(3 * total);
}

// Combines the matrix with the viewport transformation of x and y.
static void set_columns(projection_s *projection, const double *matrix, float width, float height) {
	for (int column = 0; column < 4; ++column) {
		const double *from = &matrix[4 * column];
		projection->columns[column] = (vector_t){ (float)((from[0] + from[3]) * width / 2),
			(float)((from[1] + from[3]) * height / 2), (float)from[2], (float)from[3] };
		for (int row = 0; row < 4; ++row) {
			projection->absolute[column][row] = fabsf(projection->columns[column][row]);
		}
	}
}

static int check_size(uint32_t width, uint32_t height) {
	return width <= MAX_SIDE && height <= MAX_SIDE ? SC_OK
		: sc_fail(SC_E_INVALID, "cannot sample the triangles of a picture of %ux%u", width, height);
}

int sc_mesh_project(const float *coordinates, uint64_t vertices, const double *matrix, uint32_t width, uint32_t height, float *out) {
	if (check_size(width, height) < 0) {
		return sc_error_code();
	}
	projection_s projection = { .coordinates = coordinates, .out = out };
	set_columns(&projection, matrix, (float)width, (float)height);
	sc_parallel_for(vertices, GRAIN, project_range, &projection);
	return SC_OK;
}

int64_t sc_mesh_sampled(const float *projected, uint64_t vertices, const uint32_t *indices, uint64_t corners, uint32_t width,
	uint32_t height, uint32_t *out) {
	// Without the indices, which are checked later.
	if (check_size(width, height) < 0 || sc_mesh_check(SC_MESH_MAX_COUNT, NULL, corners) < 0) {
		return sc_error_code();
	}
	if (indices == NULL) {
		return sc_fail(SC_E_INVALID, "only a mesh with indices can be sampled");
	}
	const uint64_t triangles = corners / 3;
	work_s work
		= { .projected = projected, .vertices = vertices, .indices = indices, .width = (float)width, .height = (float)height, .out = out };
	work.is_sampled = malloc(triangles + 1);
	work.range_base = malloc((triangles / GRAIN + 1) * sizeof(*work.range_base));
	const int has_memory = work.is_sampled != NULL && work.range_base != NULL;
	const int64_t result = has_memory ? list_triangles(&work, triangles)
		: sc_fail(SC_E_SYSTEM, "no memory to sample %llu triangles", (unsigned long long)triangles);
	free(work.is_sampled);
	free(work.range_base);
	return result;
}
