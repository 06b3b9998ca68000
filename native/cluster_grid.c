#include "cluster_grid.h"

#include <math.h>

#include "error.h"
#include "mesh_bounds.h"
#include "parallel.h"

// Bits of a cell's coordinate along one axis; the three coordinates of a cell then fit into 64 bits.
#define AXIS_BITS 20
#define MAX_CELLS (1 << AXIS_BITS)
// Maximum number of grid resolutions that are tried. The number of triangles of a surface grows with the square of the cells along an
// axis, so the second try is usually within a few percent of the maximum.
#define MAX_TRIES 5
#define GOOD_SHARE 0.9
#define FEW_SHARE 0.25

static void mark_range(void *context, uint64_t begin, uint64_t end) {
	cluster_grid_s *grid = context;
	for (uint64_t corner = 3 * begin; corner < 3 * end; ++corner) {
		// Atomic, since several threads can write (the same value).
		__atomic_store_n(&grid->classes[grid->indices[corner]], 1, __ATOMIC_RELAXED);
	}
}

// Classifies a normal by its dominant axis. Bits 0 to 2: positive x, y or z; bits 3 to 5: negative x, y or z.
static uint8_t direction_of(const float *normal) {
	int axis = 0;
	for (int other = 1; other < 3; ++other) {
		axis = fabsf(normal[other]) > fabsf(normal[axis]) ? other : axis;
	}
	return (uint8_t)(1 << (normal[axis] < 0 ? axis + 3 : axis));
}

static void classify_range(void *context, uint64_t begin, uint64_t end) {
	cluster_grid_s *grid = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		const float *position = &grid->coordinates[3 * vertex];
		if (!sc_is_finite_position(position)) {
			grid->classes[vertex] = 0;
		} else if (grid->classes[vertex] != 0) {
			grid->classes[vertex] = grid->normals != NULL ? direction_of(&grid->normals[3 * vertex]) : 1;
		}
	}
}

int sc_cluster_grid_init(cluster_grid_s *grid) {
	grid->classes = calloc(grid->vertices + 1, 1);
	grid->vertex_cell = malloc((grid->vertices + 1) * sizeof(*grid->vertex_cell));
	grid->range_kept = malloc((grid->triangles / SC_CLUSTER_GRAIN + 1) * sizeof(*grid->range_kept));
	if (grid->classes == NULL || grid->vertex_cell == NULL || grid->range_kept == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory to simplify %llu triangles", (unsigned long long)grid->triangles);
	}
	sc_parallel_for(grid->triangles, SC_CLUSTER_GRAIN, mark_range, grid);
	sc_parallel_for(grid->vertices, SC_CLUSTER_GRAIN, classify_range, grid);
	sc_bounds_s bounds;
	sc_bounds_init(&bounds, grid->coordinates, grid->vertices, grid->classes);
	for (int axis = 0; axis < 3; ++axis) {
		grid->min[axis] = bounds.min[axis];
		grid->extent = fmax(grid->extent, (double)bounds.max[axis] - bounds.min[axis]);
	}
	return SC_OK;
}

void sc_cluster_grid_destroy(cluster_grid_s *grid) {
	free(grid->classes);
	free(grid->vertex_cell);
	free(grid->range_kept);
	free(grid->kept);
}

static void locate_range(void *context, uint64_t begin, uint64_t end) {
	cluster_grid_s *grid = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (grid->classes[vertex] == 0) {
			grid->vertex_cell[vertex] = SC_CLUSTER_NO_CELL;
			continue;
		}
		uint64_t cell = 0;
		for (int axis = 0; axis < 3; ++axis) {
			const float coordinate = grid_coordinate(grid, &grid->coordinates[3 * vertex], axis);
			cell = cell << AXIS_BITS | cell_along(grid, coordinate);
		}
		grid->vertex_cell[vertex] = cell;
	}
}

static inline int is_kept(const cluster_grid_s *grid, uint64_t triangle) {
	const uint32_t *corners = &grid->indices[3 * triangle];
	const uint64_t a = grid->vertex_cell[corners[0]];
	const uint64_t b = grid->vertex_cell[corners[1]];
	const uint64_t c = grid->vertex_cell[corners[2]];
	return (a != b) & (b != c) & (c != a) && a != SC_CLUSTER_NO_CELL && b != SC_CLUSTER_NO_CELL && c != SC_CLUSTER_NO_CELL;
}

static void count_range(void *context, uint64_t begin, uint64_t end) {
	cluster_grid_s *grid = context;
	uint64_t count = 0;
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		count += (uint64_t)is_kept(grid, triangle);
	}
	grid->range_kept[begin / SC_CLUSTER_GRAIN] = count;
}

// Locates the vertices in a grid. Returns the number of triangles whose corners are in three cells.
static uint64_t try_grid(cluster_grid_s *grid, double cells) {
	grid->cells = cells;
	grid->last_cell = (uint32_t)ceil(cells) - 1;
	grid->cells_per_unit = (float)(cells / grid->extent);
	sc_parallel_for(grid->vertices, SC_CLUSTER_GRAIN, locate_range, grid);
	sc_parallel_for(grid->triangles, SC_CLUSTER_GRAIN, count_range, grid);
	grid->kept_count = 0;
	for (uint64_t range = 0; range * SC_CLUSTER_GRAIN < grid->triangles; ++range) {
		grid->kept_count += grid->range_kept[range];
	}
	return grid->kept_count;
}

void sc_cluster_grid_choose(cluster_grid_s *grid, uint64_t maximum) {
	const double guess = fmax(1, sqrt((double)maximum / 8));
	double cells = guess;
	double coarse = 0; // finest grid with at most `maximum` triangles
	double coarse_count = 0;
	double fine = INFINITY; // coarsest grid with more than `maximum`
	for (int tries = 0; tries < MAX_TRIES || coarse == 0; ++tries) {
		const double count = (double)try_grid(grid, cells);
		if (count <= (double)maximum) {
			coarse = cells;
			coarse_count = count;
			if (count >= GOOD_SHARE * (double)maximum || cells >= MAX_CELLS) {
				return;
			}
		} else {
			fine = cells;
		}
		cells *= fmin(16, fmax(1.0 / 16, sqrt(0.97 * (double)maximum / fmax(count, 1))));
		if (cells <= coarse || cells >= fine) {
			cells = coarse == 0 ? fine / 2 : (coarse + fine) / 2;
		}
		cells = fmin(fmax(cells, 1), MAX_CELLS);
	}
	const int has_few = coarse_count < FEW_SHARE * (double)maximum && fine < INFINITY;
	const double chosen = has_few ? fmax(guess, fine) : coarse;
	if (chosen != grid->cells) {
		try_grid(grid, chosen);
	}
}

static void keep_range(void *context, uint64_t begin, uint64_t end) {
	cluster_grid_s *grid = context;
	uint64_t at = grid->range_kept[begin / SC_CLUSTER_GRAIN];
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		if (is_kept(grid, triangle)) {
			grid->kept[at++] = (uint32_t)triangle;
		}
	}
}

int sc_cluster_grid_keep(cluster_grid_s *grid, uint64_t maximum) {
	grid->kept = malloc((grid->kept_count + 1) * sizeof(*grid->kept));
	if (grid->kept == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for %llu triangles", (unsigned long long)grid->kept_count);
	}
	uint64_t total = 0;
	for (uint64_t range = 0; range * SC_CLUSTER_GRAIN < grid->triangles; ++range) {
		const uint64_t count = grid->range_kept[range];
		grid->range_kept[range] = total;
		total += count;
	}
	sc_parallel_for(grid->triangles, SC_CLUSTER_GRAIN, keep_range, grid);
	if (grid->kept_count <= maximum) {
		return SC_OK;
	}
	for (uint64_t i = 0; i < maximum; ++i) {
		grid->kept[i] = grid->kept[i * grid->kept_count / maximum];
	}
	grid->kept_count = maximum;
	return SC_OK;
}
