#include "mesh_bounds.h"

#include <math.h>
#include <pthread.h>

#include "error.h"
#include "mesh_weld.h"
#include "parallel.h"

#define GRAIN (1 << 17)
#define COLUMNS (SC_EXTREMES_SIDE * SC_EXTREMES_SIDE)
#define NONE UINT32_MAX

typedef struct {
	const float *coordinates;
	const uint8_t *used;
	pthread_mutex_t mutex;
	sc_bounds_s bounds;
} bounds_work_s;

static void bound_range(void *context, uint64_t begin, uint64_t end) {
	bounds_work_s *work = context;
	sc_bounds_s bounds = { { INFINITY, INFINITY, INFINITY }, { -INFINITY, -INFINITY, -INFINITY }, 0 };
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		const float *position = &work->coordinates[3 * vertex];
		if (work->used != NULL && work->used[vertex] == 0) {
			continue;
		}
		if (!sc_is_finite_position(position)) {
			++bounds.invalid;
			continue;
		}
		for (int axis = 0; axis < 3; ++axis) {
			bounds.min[axis] = position[axis] < bounds.min[axis] ? position[axis] : bounds.min[axis];
			bounds.max[axis] = position[axis] > bounds.max[axis] ? position[axis] : bounds.max[axis];
		}
	}
	pthread_mutex_lock(&work->mutex);
	for (int axis = 0; axis < 3; ++axis) {
		work->bounds.min[axis] = fminf(work->bounds.min[axis], bounds.min[axis]);
		work->bounds.max[axis] = fmaxf(work->bounds.max[axis], bounds.max[axis]);
	}
	work->bounds.invalid += bounds.invalid;
	pthread_mutex_unlock(&work->mutex);
}

void sc_bounds_init(sc_bounds_s *bounds, const float *coordinates, uint64_t vertices, const uint8_t *used) {
	bounds_work_s work = { coordinates, used, PTHREAD_MUTEX_INITIALIZER,
		{ { INFINITY, INFINITY, INFINITY }, { -INFINITY, -INFINITY, -INFINITY }, 0 } };
	sc_parallel_for(vertices, GRAIN, bound_range, &work);
	pthread_mutex_destroy(&work.mutex);
	*bounds = work.bounds;
}

static int check_vertices(uint64_t vertices) {
	return vertices <= SC_MESH_MAX_COUNT ? SC_OK
		: sc_fail(SC_E_INVALID, "a mesh cannot have %llu vertices", (unsigned long long)vertices);
}

int sc_mesh_bounds(const float *coordinates, uint64_t vertices, sc_bounds_s *bounds) {
	if (check_vertices(vertices) < 0) {
		return sc_error_code();
	}
	sc_bounds_init(bounds, coordinates, vertices, NULL);
	return SC_OK;
}

// The lowest and the highest vertex of a column, of equal ones the first; NONE of an empty column.
typedef struct {
	// Their coordinates along the axis: reading them from the mesh would miss the cache and take twice the time.
	float lowest;
	float highest;
	uint32_t low;
	uint32_t high;
} column_s;

// Extremes of one range, later merged into those of the mesh.
typedef struct {
	column_s columns[3 * COLUMNS]; // by axis
} extremes_s;

typedef struct {
	const float *coordinates;
	uint64_t vertices;
	float min[3];
	float columns_per_unit;
	pthread_mutex_t mutex;
	extremes_s *all;
	int has_failed;
} extremes_work_s;

static void clear_extremes(extremes_s *extremes) {
	for (uint32_t column = 0; column < 3 * COLUMNS; ++column) {
		extremes->columns[column] = (column_s){ INFINITY, -INFINITY, NONE, NONE };
	}
}

// Vertices are added in increasing order, so that the first of equal ones stays.
static inline void add_extreme(column_s *column, float value, uint32_t vertex) {
	if (value < column->lowest) {
		column->lowest = value;
		column->low = vertex;
	}
	if (value > column->highest) {
		column->highest = value;
		column->high = vertex;
	}
}

static void merge_column(column_s *into, const column_s *column) {
	if (column->lowest < into->lowest || (column->lowest == into->lowest && column->low < into->low)) {
		into->lowest = column->lowest;
		into->low = column->low;
	}
	if (column->highest > into->highest || (column->highest == into->highest && column->high < into->high)) {
		into->highest = column->highest;
		into->high = column->high;
	}
}

static void add_vertex(const extremes_work_s *work, extremes_s *extremes, uint32_t vertex) {
	const float *position = &work->coordinates[3 * (size_t)vertex];
	uint32_t cell[3];
	for (int axis = 0; axis < 3; ++axis) {
		const float at = (position[axis] - work->min[axis]) * work->columns_per_unit;
		cell[axis] = at >= SC_EXTREMES_SIDE - 1 ? SC_EXTREMES_SIDE - 1 : at > 0 ? (uint32_t)at : 0;
	}
	for (int axis = 0; axis < 3; ++axis) {
		const uint32_t column = cell[(axis + 1) % 3] * SC_EXTREMES_SIDE + cell[(axis + 2) % 3];
		add_extreme(&extremes->columns[(uint32_t)axis * COLUMNS + column], position[axis], vertex);
	}
}

static void extremes_range(void *context, uint64_t begin, uint64_t end) {
	extremes_work_s *work = context;
	extremes_s *extremes = malloc(sizeof(*extremes));
	if (extremes == NULL) {
		__atomic_store_n(&work->has_failed, 1, __ATOMIC_RELAXED);
		return;
	}
	clear_extremes(extremes);
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (sc_is_finite_position(&work->coordinates[3 * vertex])) {
			add_vertex(work, extremes, (uint32_t)vertex);
		}
	}
	pthread_mutex_lock(&work->mutex);
	for (uint32_t column = 0; column < 3 * COLUMNS; ++column) {
		merge_column(&work->all->columns[column], &extremes->columns[column]);
	}
	pthread_mutex_unlock(&work->mutex);
	free(extremes);
}

static int compare_vertices(const void *a, const void *b) {
	const uint32_t left = *(const uint32_t *)a;
	const uint32_t right = *(const uint32_t *)b;
	return left < right ? -1 : left > right;
}

static int write_extremes(const extremes_s *extremes, uint32_t *out) {
	uint32_t used = 0;
	for (uint32_t column = 0; column < 3 * COLUMNS; ++column) {
		const column_s *from = &extremes->columns[column];
		if (from->low != NONE) {
			out[used++] = from->low;
			out[used++] = from->high;
		}
	}
	qsort(out, used, sizeof(*out), compare_vertices);
	int count = 0;
	for (uint32_t i = 0; i < used; ++i) {
		if (count == 0 || out[count - 1] != out[i]) {
			out[count++] = out[i];
		}
	}
	return count;
}

int sc_mesh_extremes(const float *coordinates, uint64_t vertices, const sc_bounds_s *bounds, uint32_t *out, uint64_t out_count) {
	if (check_vertices(vertices) < 0) {
		return sc_error_code();
	}
	if (out_count < SC_MAX_EXTREMES) {
		return sc_fail(SC_E_TOO_SMALL, "extremes need room for %d vertices", SC_MAX_EXTREMES);
	}
	extremes_work_s work = { .coordinates = coordinates, .vertices = vertices };
	double extent = 0;
	for (int axis = 0; axis < 3; ++axis) {
		work.min[axis] = bounds->min[axis];
		extent = fmax(extent, (double)bounds->max[axis] - bounds->min[axis]);
	}
	work.columns_per_unit = extent > 1e-30 ? (float)(SC_EXTREMES_SIDE / extent) : 0;
	work.all = malloc(sizeof(*work.all));
	if (work.all == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for extremes");
	}
	clear_extremes(work.all);
	pthread_mutex_init(&work.mutex, NULL);
	sc_parallel_for(vertices, vertices / 8 + GRAIN, extremes_range, &work);
	pthread_mutex_destroy(&work.mutex);
	const int count = work.has_failed ? sc_fail(SC_E_SYSTEM, "no memory for extremes") : write_extremes(work.all, out);
	free(work.all);
	return count;
}
