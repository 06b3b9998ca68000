#define _GNU_SOURCE
#include "mesh_cluster.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cluster_grid.h"
#include "error.h"
#include "mesh_index.h"
#include "parallel.h"

#define NO_NUMBER UINT32_MAX
// Quantization steps per cell of the offsets that are summed. Integers, because their sum does not depend on the order.
#define STEPS 1024
#define MIN_EXTENT 1e-30

typedef struct {
	uint64_t xy; // sums of the x and y offsets of the cell's vertices, 32 bits each
	uint64_t z_count;
	uint64_t nearest; // upper 32 bits: squared distance from the mean; lower: the vertex
	uint8_t directions; // union of the classes of the vertices
} cell_s;

typedef struct {
	cluster_grid_s grid; // `vertex_cell` is later the number of the cell in `cells`
	uint32_t *table; // hash table: the number in `cells` of the cell in each slot
	uint64_t *table_cell; // hash table: the grid cell in each slot
	uint64_t mask;
	uint64_t seed;
	cell_s *cells;
	uint32_t cell_count;
	uint64_t *triangle_table;
} work_s;

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
	for (uint64_t i = 0; i < 3 * work->grid.kept_count; ++i) {
		const uint64_t cell = work->grid.vertex_cell[work->grid.indices[3 * (uint64_t)work->grid.kept[i / 3] + i % 3]];
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
		if (work->grid.vertex_cell[vertex] == SC_CLUSTER_NO_CELL) {
			continue;
		}
		const uint32_t number = work->table[find_cell(work, work->grid.vertex_cell[vertex])];
		work->grid.vertex_cell[vertex] = number == NO_NUMBER ? SC_CLUSTER_NO_CELL : number;
		if (number == NO_NUMBER) {
			continue;
		}
		uint8_t *directions = &work->cells[number].directions;
		if ((__atomic_load_n(directions, __ATOMIC_RELAXED) & work->grid.classes[vertex]) == 0) {
			__atomic_fetch_or(directions, work->grid.classes[vertex], __ATOMIC_RELAXED);
		}
	}
}

// Whether a vertex is in the second part of its cell. A cell is split if its vertices have opposite normals; the second part has the
// vertices of the negative direction.
static inline int is_second(const work_s *work, uint64_t vertex) {
	const uint8_t directions = work->cells[work->grid.vertex_cell[vertex]].directions;
	const uint8_t negative = (uint8_t)(directions & (directions << 3) & 0x38);
	return (work->grid.classes[vertex] & negative & -negative) != 0;
}

// Quantized position of a vertex in its cell, in steps.
static void offset_of(const work_s *work, uint64_t vertex, uint32_t offset[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		const float coordinate = grid_coordinate(&work->grid, &work->grid.coordinates[3 * vertex], axis);
		const float within = (coordinate - (float)cell_along(&work->grid, coordinate)) * STEPS;
		offset[axis] = within >= STEPS - 1 ? STEPS - 1 : within > 0 ? (uint32_t)within : 0;
	}
}

static void sum_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (work->grid.vertex_cell[vertex] == SC_CLUSTER_NO_CELL) {
			continue;
		}
		const uint64_t number = work->grid.vertex_cell[vertex] + (is_second(work, vertex) ? work->cell_count : 0);
		work->grid.vertex_cell[vertex] = number;
		uint32_t offset[3];
		offset_of(work, vertex, offset);
		__atomic_fetch_add(&work->cells[number].xy, offset[0] | (uint64_t)offset[1] << 32, __ATOMIC_RELAXED);
		__atomic_fetch_add(&work->cells[number].z_count, offset[2] | (uint64_t)1 << 32, __ATOMIC_RELAXED);
	}
}

static void choose_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (work->grid.vertex_cell[vertex] == SC_CLUSTER_NO_CELL) {
			continue;
		}
		cell_s *cell = &work->cells[work->grid.vertex_cell[vertex]];
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
	for (uint64_t i = 0; i < work->grid.kept_count; ++i) {
		uint32_t corners[5];
		for (int corner = 0; corner < 3; ++corner) {
			const uint64_t number = work->grid.vertex_cell[work->grid.indices[3 * (uint64_t)work->grid.kept[i] + (uint32_t)corner]];
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

static int allocate_tables(work_s *work) {
	uint64_t slots = 16;
	while (slots < 6 * work->grid.kept_count) {
		slots *= 2;
	}
	work->mask = slots - 1;
	work->table = malloc(slots * sizeof(*work->table));
	work->table_cell = malloc(slots * sizeof(*work->table_cell));
	work->triangle_table = malloc(slots * sizeof(*work->triangle_table));
	if (work->table == NULL || work->table_cell == NULL || work->triangle_table == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for %llu triangles", (unsigned long long)work->grid.kept_count);
	}
	memset(work->table, 0xff, slots * sizeof(*work->table));
	memset(work->triangle_table, 0xff, slots * sizeof(*work->triangle_table));
	return SC_OK;
}

static int64_t simplify(work_s *work, uint32_t *out, uint64_t max_triangles, double *error) {
	if (sc_cluster_grid_init(&work->grid) < 0) {
		return sc_error_code();
	}
	// All vertices are at one position, or none is finite. For a smaller extent the cells per unit would not be finite.
	if (!(work->grid.extent > MIN_EXTENT)) {
		return 0;
	}
	sc_cluster_grid_choose(&work->grid, max_triangles);
	if (sc_cluster_grid_keep(&work->grid, max_triangles) < 0 || allocate_tables(work) < 0) {
		return sc_error_code();
	}
	number_cells(work);
	work->cells = calloc(2 * (size_t)work->cell_count + 1, sizeof(*work->cells));
	if (work->cells == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for %u cells", work->cell_count);
	}
	for (size_t cell = 0; cell < 2 * (size_t)work->cell_count; ++cell) {
		work->cells[cell].nearest = UINT64_MAX;
	}
	sc_parallel_for(work->grid.vertices, SC_CLUSTER_GRAIN, number_range, work);
	sc_parallel_for(work->grid.vertices, SC_CLUSTER_GRAIN, sum_range, work);
	sc_parallel_for(work->grid.vertices, SC_CLUSTER_GRAIN, choose_range, work);
	// The diagonal of a cell, whose borders are at float32 coordinates.
	*error = sqrt(3) * work->grid.extent * (1 / work->grid.cells + FLT_EPSILON * 4);
	return write_triangles(work, out);
}

int64_t sc_mesh_cluster(const float *coordinates, uint64_t vertices, const float *normals, const uint32_t *indices,
	uint64_t corners, uint32_t *out, uint64_t max_triangles, double *error) {
	work_s work = { .grid = { .coordinates = coordinates, .normals = normals, .indices = indices, .vertices = vertices,
		.triangles = corners / 3 } };
	if (sc_mesh_check(vertices, indices, corners) < 0) {
		return sc_error_code();
	}
	*error = 0;
	if (work.grid.triangles <= max_triangles) {
		if (corners > 0) {
			memcpy(out, indices, corners * sizeof(*out));
		}
		return (int64_t)work.grid.triangles;
	}
	if (getentropy(&work.seed, sizeof(work.seed)) < 0) {
		return sc_fail_errno("cannot get random bytes");
	}
	const int64_t result = simplify(&work, out, max_triangles, error);
	sc_cluster_grid_destroy(&work.grid);
	free(work.cells);
	free(work.table);
	free(work.table_cell);
	free(work.triangle_table);
	return result;
}
