#define _GNU_SOURCE
#include "mesh_cluster.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "mesh_bounds.h"
#include "mesh_index.h"
#include "parallel.h"

#define GRAIN 16384
#define NO_CELL UINT64_MAX
#define NO_NUMBER UINT32_MAX
// Bits of a cell's coordinate along one axis; the three coordinates of a cell then fit into 64 bits.
#define AXIS_BITS 20
#define MAX_CELLS (1 << AXIS_BITS)
// Maximum number of grid resolutions that are tried. The number of triangles of a surface grows with the square of the cells along an
// axis, so the second try is usually within a few percent of the maximum.
#define MAX_TRIES 5
#define GOOD_SHARE 0.9
#define FEW_SHARE 0.25
// Quantization steps per cell of the offsets that are summed. Integers, because their sum does not depend on the order.
#define STEPS 1024
#define MIN_EXTENT 1e-30

typedef struct {
	float min[3];
	float cells_per_unit;
	double cells; // along the longest axis
	uint32_t last_cell;
} grid_s;

typedef struct {
	uint64_t xy; // sums of the x and y offsets of the cell's vertices, 32 bits each
	uint64_t z_count;
	uint64_t nearest; // upper 32 bits: squared distance from the mean; lower: the vertex
	uint8_t directions; // classes of the normals, see direction_of
} cell_s;

typedef struct {
	const float *coordinates;
	const float *normals;
	const uint32_t *indices;
	uint64_t vertices;
	uint64_t triangles;
	double extent; // longest side of the bounding box
	grid_s grid;
	uint8_t *classes;      // of each vertex: 0 if it is unused or not finite, else a bit for the direction of its normal
	uint64_t *vertex_cell; // grid cell of each vertex; later the number of the cell in `cells`
	uint64_t *range_kept;  // number of triangles of each range whose corners are in three cells
	uint32_t *kept;        // triangles whose corners are in three cells
	uint64_t kept_count;
	uint32_t *table; // hash table: the number in `cells` of the cell in each slot
	uint64_t *table_cell; // hash table: the grid cell in each slot
	uint64_t mask;
	uint64_t seed;
	cell_s *cells;
	uint32_t cell_count;
	uint64_t *triangle_table;
} work_s;

static void mark_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t corner = 3 * begin; corner < 3 * end; ++corner) {
		// Atomic, since several threads can write (the same value).
		__atomic_store_n(&work->classes[work->indices[corner]], 1, __ATOMIC_RELAXED);
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
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		const float *position = &work->coordinates[3 * vertex];
		if (!sc_is_finite_position(position)) {
			work->classes[vertex] = 0;
		} else if (work->classes[vertex] != 0) {
			work->classes[vertex] = work->normals != NULL ? direction_of(&work->normals[3 * vertex]) : 1;
		}
	}
}

static inline float grid_coordinate(const grid_s *grid, const float *position, int axis) {
	return (position[axis] - grid->min[axis]) * grid->cells_per_unit;
}

static inline uint32_t cell_along(const grid_s *grid, float coordinate) {
	return coordinate >= (float)grid->last_cell ? grid->last_cell : coordinate > 0 ? (uint32_t)coordinate : 0;
}

static void locate_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const grid_s *grid = &work->grid;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (work->classes[vertex] == 0) {
			work->vertex_cell[vertex] = NO_CELL;
			continue;
		}
		uint64_t cell = 0;
		for (int axis = 0; axis < 3; ++axis) {
			const float coordinate = grid_coordinate(grid, &work->coordinates[3 * vertex], axis);
			cell = cell << AXIS_BITS | cell_along(grid, coordinate);
		}
		work->vertex_cell[vertex] = cell;
	}
}

static inline int is_kept(const work_s *work, uint64_t triangle) {
	const uint32_t *corners = &work->indices[3 * triangle];
	const uint64_t a = work->vertex_cell[corners[0]];
	const uint64_t b = work->vertex_cell[corners[1]];
	const uint64_t c = work->vertex_cell[corners[2]];
	return (a != b) & (b != c) & (c != a) && a != NO_CELL && b != NO_CELL && c != NO_CELL;
}

static void count_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint64_t count = 0;
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		count += (uint64_t)is_kept(work, triangle);
	}
	work->range_kept[begin / GRAIN] = count;
}

// Locates the vertices in a grid. Returns the number of triangles whose corners are in three cells.
static uint64_t try_grid(work_s *work, double cells) {
	grid_s *grid = &work->grid;
	grid->cells = cells;
	grid->last_cell = (uint32_t)ceil(cells) - 1;
	grid->cells_per_unit = (float)(cells / work->extent);
	sc_parallel_for(work->vertices, GRAIN, locate_range, work);
	sc_parallel_for(work->triangles, GRAIN, count_range, work);
	work->kept_count = 0;
	for (uint64_t range = 0; range * GRAIN < work->triangles; ++range) {
		work->kept_count += work->range_kept[range];
	}
	return work->kept_count;
}

// Selects the finest of the tried grids with at most `maximum` triangles. If that grid keeps far fewer, which happens if many triangles
// span the whole mesh, selects a finer grid with more than `maximum`.
static void choose_grid(work_s *work, uint64_t maximum) {
	const double guess = fmax(1, sqrt((double)maximum / 8));
	double cells = guess;
	double coarse = 0; // finest grid with at most `maximum` triangles
	double coarse_count = 0;
	double fine = INFINITY; // coarsest grid with more than `maximum`
	for (int tries = 0; tries < MAX_TRIES || coarse == 0; ++tries) {
		const double count = (double)try_grid(work, cells);
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
	if (chosen != work->grid.cells) {
		try_grid(work, chosen);
	}
}

static void keep_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint64_t at = work->range_kept[begin / GRAIN];
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		if (is_kept(work, triangle)) {
			work->kept[at++] = (uint32_t)triangle;
		}
	}
}

// Lists the triangles that are kept. If there are more than `maximum`, selects an evenly spaced subset.
static void keep_triangles(work_s *work, uint64_t maximum) {
	uint64_t total = 0;
	for (uint64_t range = 0; range * GRAIN < work->triangles; ++range) {
		const uint64_t count = work->range_kept[range];
		work->range_kept[range] = total;
		total += count;
	}
	sc_parallel_for(work->triangles, GRAIN, keep_range, work);
	if (work->kept_count <= maximum) {
		return;
	}
	for (uint64_t i = 0; i < maximum; ++i) {
		work->kept[i] = work->kept[i * work->kept_count / maximum];
	}
	work->kept_count = maximum;
}

static inline uint64_t hash_of(const work_s *work, uint64_t key) {
	const __uint128_t product = (__uint128_t)(key ^ work->seed) * 0x9e3779b97f4a7c15;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// The slot of a cell in the hash table, or the free one for it.
static inline uint64_t find_cell(const work_s *work, uint64_t cell) {
	uint64_t slot = hash_of(work, cell) & work->mask;
	while (work->table[slot] != NO_NUMBER && work->table_cell[slot] != cell) {
		slot = (slot + 1) & work->mask;
	}
	return slot;
}

// Numbers the cells that the kept triangles use. The second half of `cells` is for the second parts of split cells.
static void number_cells(work_s *work) {
	uint32_t count = 0;
	for (uint64_t i = 0; i < 3 * work->kept_count; ++i) {
		const uint64_t cell = work->vertex_cell[work->indices[3 * (uint64_t)work->kept[i / 3] + i % 3]];
		const uint64_t slot = find_cell(work, cell);
		if (work->table[slot] == NO_NUMBER) {
			work->table[slot] = count;
			work->table_cell[slot] = cell;
			++count;
		}
	}
	work->cell_count = count;
}

static void number_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (work->vertex_cell[vertex] == NO_CELL) {
			continue;
		}
		const uint32_t number = work->table[find_cell(work, work->vertex_cell[vertex])];
		work->vertex_cell[vertex] = number == NO_NUMBER ? NO_CELL : number;
		if (number == NO_NUMBER) {
			continue;
		}
		uint8_t *directions = &work->cells[number].directions;
		if ((__atomic_load_n(directions, __ATOMIC_RELAXED) & work->classes[vertex]) == 0) {
			__atomic_fetch_or(directions, work->classes[vertex], __ATOMIC_RELAXED);
		}
	}
}

// Whether a vertex is in the second part of its cell. A cell is split if its vertices have opposite normals; the second part has the
// vertices of the negative direction.
static inline int is_second(const work_s *work, uint64_t vertex) {
	const uint8_t directions = work->cells[work->vertex_cell[vertex]].directions;
	const uint8_t negative = (uint8_t)(directions & (directions << 3) & 0x38);
	return (work->classes[vertex] & negative & -negative) != 0;
}

// Quantized position of a vertex in its cell, in steps.
static void offset_of(const work_s *work, uint64_t vertex, uint32_t offset[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		const float coordinate = grid_coordinate(&work->grid, &work->coordinates[3 * vertex], axis);
		const float within = (coordinate - (float)cell_along(&work->grid, coordinate)) * STEPS;
		offset[axis] = within >= STEPS - 1 ? STEPS - 1 : within > 0 ? (uint32_t)within : 0;
	}
}

static void sum_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (work->vertex_cell[vertex] == NO_CELL) {
			continue;
		}
		const uint64_t number = work->vertex_cell[vertex] + (is_second(work, vertex) ? work->cell_count : 0);
		work->vertex_cell[vertex] = number;
		uint32_t offset[3];
		offset_of(work, vertex, offset);
		__atomic_fetch_add(&work->cells[number].xy, offset[0] | (uint64_t)offset[1] << 32, __ATOMIC_RELAXED);
		__atomic_fetch_add(&work->cells[number].z_count, offset[2] | (uint64_t)1 << 32, __ATOMIC_RELAXED);
	}
}

static void choose_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (work->vertex_cell[vertex] == NO_CELL) {
			continue;
		}
		cell_s *cell = &work->cells[work->vertex_cell[vertex]];
		const uint32_t count = (uint32_t)(cell->z_count >> 32);
		const uint32_t sums[3] = { (uint32_t)cell->xy, (uint32_t)(cell->xy >> 32), (uint32_t)cell->z_count };
		uint32_t offset[3];
		offset_of(work, vertex, offset);
		uint64_t distance = 0;
		for (int axis = 0; axis < 3; ++axis) {
			const int64_t difference = (int64_t)offset[axis] - sums[axis] / (count > 0 ? count : 1);
			distance += (uint64_t)(difference * difference);
		}
		const uint64_t candidate = (distance < UINT32_MAX ? distance : UINT32_MAX) << 32 | vertex;
		uint64_t nearest = __atomic_load_n(&cell->nearest, __ATOMIC_RELAXED);
		while (candidate < nearest
			&& !__atomic_compare_exchange_n(&cell->nearest, &nearest, candidate, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		}
	}
}

// Adds a triangle, rotated so that it begins with its lowest vertex, unless it is a duplicate. Returns whether it was added.
static int add_triangle(work_s *work, uint32_t *out, uint64_t count, const uint32_t *triangle) {
	const uint64_t hash = hash_of(work, hash_of(work, triangle[0] | (uint64_t)triangle[1] << 32) ^ triangle[2]);
	uint64_t slot = hash & work->mask;
	for (; work->triangle_table[slot] != UINT64_MAX; slot = (slot + 1) & work->mask) {
		if (memcmp(&out[3 * work->triangle_table[slot]], triangle, 12) == 0) {
			return 0;
		}
	}
	work->triangle_table[slot] = count;
	memcpy(&out[3 * count], triangle, 12);
	return 1;
}

static int64_t write_triangles(work_s *work, uint32_t *out) {
	uint64_t count = 0;
	for (uint64_t i = 0; i < work->kept_count; ++i) {
		uint32_t corners[5];
		for (int corner = 0; corner < 3; ++corner) {
			const uint64_t number = work->vertex_cell[work->indices[3 * (uint64_t)work->kept[i] + (uint32_t)corner]];
			corners[corner] = (uint32_t)work->cells[number].nearest;
		}
		corners[3] = corners[0];
		corners[4] = corners[1];
		int lowest = corners[1] < corners[0] ? 1 : 0;
		lowest = corners[2] < corners[lowest] ? 2 : lowest;
		count += (uint64_t)add_triangle(work, out, count, &corners[lowest]);
	}
	return (int64_t)count;
}

static int allocate(work_s *work) {
	work->classes = calloc(work->vertices + 1, 1);
	work->vertex_cell = malloc((work->vertices + 1) * sizeof(*work->vertex_cell));
	work->range_kept = malloc((work->triangles / GRAIN + 1) * sizeof(*work->range_kept));
	if (work->classes == NULL || work->vertex_cell == NULL || work->range_kept == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory to simplify %llu triangles", (unsigned long long)work->triangles);
	}
	return getentropy(&work->seed, sizeof(work->seed)) < 0 ? sc_fail_errno("cannot get random bytes") : SC_OK;
}

static int allocate_kept(work_s *work) {
	uint64_t slots = 16;
	while (slots < 6 * work->kept_count) {
		slots *= 2;
	}
	work->mask = slots - 1;
	work->kept = malloc((work->kept_count + 1) * sizeof(*work->kept));
	work->table = malloc(slots * sizeof(*work->table));
	work->table_cell = malloc(slots * sizeof(*work->table_cell));
	work->triangle_table = malloc(slots * sizeof(*work->triangle_table));
	if (work->kept == NULL || work->table == NULL || work->table_cell == NULL
		|| work->triangle_table == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for %llu triangles", (unsigned long long)work->kept_count);
	}
	memset(work->table, 0xff, slots * sizeof(*work->table));
	memset(work->triangle_table, 0xff, slots * sizeof(*work->triangle_table));
	return SC_OK;
}

static int64_t simplify(work_s *work, uint32_t *out, uint64_t max_triangles, double *error) {
	sc_parallel_for(work->triangles, GRAIN, mark_range, work);
	sc_parallel_for(work->vertices, GRAIN, classify_range, work);
	sc_bounds_s bounds;
	sc_bounds_init(&bounds, work->coordinates, work->vertices, work->classes);
	for (int axis = 0; axis < 3; ++axis) {
		work->grid.min[axis] = bounds.min[axis];
		work->extent = fmax(work->extent, (double)bounds.max[axis] - bounds.min[axis]);
	}
	// All vertices are at one position, or none is finite. For a smaller extent the cells per unit would not be finite.
	if (!(work->extent > MIN_EXTENT)) {
		return 0;
	}
	choose_grid(work, max_triangles);
	if (allocate_kept(work) < 0) {
		return sc_error_code();
	}
	keep_triangles(work, max_triangles);
	number_cells(work);
	work->cells = calloc(2 * (size_t)work->cell_count + 1, sizeof(*work->cells));
	if (work->cells == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for %u cells", work->cell_count);
	}
	for (size_t cell = 0; cell < 2 * (size_t)work->cell_count; ++cell) {
		work->cells[cell].nearest = UINT64_MAX;
	}
	sc_parallel_for(work->vertices, GRAIN, number_range, work);
	sc_parallel_for(work->vertices, GRAIN, sum_range, work);
	sc_parallel_for(work->vertices, GRAIN, choose_range, work);
	// The diagonal of a cell, whose borders are at float32 coordinates.
	*error = sqrt(3) * work->extent * (1 / work->grid.cells + FLT_EPSILON * 4);
	return write_triangles(work, out);
}

int64_t sc_mesh_cluster(const float *coordinates, uint64_t vertices, const float *normals, const uint32_t *indices,
	uint64_t corners, uint32_t *out, uint64_t max_triangles, double *error) {
	work_s work = { .coordinates = coordinates, .normals = normals, .indices = indices, .vertices = vertices,
		.triangles = corners / 3 };
	if (sc_mesh_check(vertices, indices, corners) < 0) {
		return sc_error_code();
	}
	*error = 0;
	if (work.triangles <= max_triangles) {
		if (corners > 0) {
			memcpy(out, indices, corners * sizeof(*out));
		}
		return (int64_t)work.triangles;
	}
	int64_t result = allocate(&work);
	if (result == SC_OK) {
		result = simplify(&work, out, max_triangles, error);
	}
	free(work.classes);
	free(work.vertex_cell);
	free(work.range_kept);
	free(work.kept);
	free(work.cells);
	free(work.table);
	free(work.table_cell);
	free(work.triangle_table);
	return result;
}
