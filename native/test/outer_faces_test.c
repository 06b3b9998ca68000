// Outer faces of random and malformed cells with 1 to 8 threads, for ThreadSanitizer and AddressSanitizer. Here the results must only be
// equal for any number of threads; test/formats/vtk compares them with a reference implementation and with VTK.
#include <string.h>

#include "../error.h"
#include "../outer_faces.h"
#include "../parallel.h"
#include "check.h"
#include "random.h"

enum { ROUNDS = 20, MAX_CELLS = 40000, MAX_POINTS = 9000, TETRAHEDRON = 10, WEDGE = 13 };

static uint8_t table[256 * SC_CELL_TYPE_BYTES];

static void make_table(void) {
	const uint8_t tetrahedron[] = { 4, 3, 0, 1, 3, 3, 1, 2, 3, 3, 2, 0, 3, 3, 0, 2, 1 };
	const uint8_t wedge[] = { 5, 3, 0, 1, 2, 3, 3, 5, 4, 4, 0, 3, 4, 1, 4, 1, 4, 5, 2, 4, 2, 5, 3, 0 };
	memcpy(table + TETRAHEDRON * SC_CELL_TYPE_BYTES, tetrahedron, sizeof(tetrahedron));
	memcpy(table + WEDGE * SC_CELL_TYPE_BYTES, wedge, sizeof(wedge));
}

// Heap arrays of exactly the required size, so that AddressSanitizer detects an access out of bounds.
typedef struct {
	uint32_t cells;
	uint32_t points;
	uint32_t *connectivity;
	uint32_t *offsets;
	uint8_t *types;
} grid_s;

static grid_s random_grid(int round) {
	grid_s grid = { .cells = random_below(round % 4 == 0 ? 30 : MAX_CELLS), .points = 1 + random_below(MAX_POINTS) };
	grid.offsets = calloc(grid.cells + 1, sizeof(*grid.offsets));
	grid.types = malloc(grid.cells + 1);
	for (uint32_t cell = 0; cell < grid.cells; ++cell) {
		const uint8_t types[] = { TETRAHEDRON, WEDGE, SC_CELL_POLYHEDRON, 3 };
		grid.types[cell] = types[random_below(4)];
		grid.offsets[cell + 1] = grid.offsets[cell] + random_below(40) % 14;
	}
	const uint32_t length = grid.offsets[grid.cells];
	grid.connectivity = malloc(length * sizeof(uint32_t) + 1);
	for (uint32_t cell = 0; cell < grid.cells; ++cell) {
		const uint32_t start = grid.offsets[cell];
		for (uint32_t i = start; i < grid.offsets[cell + 1]; ++i) {
			// Some rounds have a vertex of thousands of faces.
			const uint32_t vertex = round % 5 == 0 && random_below(3) == 0 ? 0 : random_below(grid.points);
			grid.connectivity[i] = random_below(2000) == 0 ? UINT32_MAX - random_below(2) : vertex;
		}
		// Polyhedra of two triangles, and damaged ones.
		if (grid.types[cell] == SC_CELL_POLYHEDRON && grid.offsets[cell + 1] - start >= 9) {
			grid.connectivity[start] = random_below(20) == 0 ? random_below(100) : 2;
			grid.connectivity[start + 1] = 3;
			grid.connectivity[start + 5] = random_below(20) == 0 ? random_below(100) : 3;
		}
	}
	return grid;
}

static void free_grid(grid_s *grid) {
	free(grid->connectivity);
	free(grid->offsets);
	free(grid->types);
}

static sc_outer_faces_s *find(const grid_s *grid) {
	return sc_outer_faces_create(grid->connectivity, grid->offsets[grid->cells], grid->offsets, grid->types, grid->cells,
		grid->points, table);
}

static void check_same_faces(const grid_s *grid) {
	uint32_t *expected = NULL;
	uint64_t expected_count = 0;
	for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
		sc_parallel_set_threads(threads);
		sc_outer_faces_s *faces = find(grid);
		CHECK(faces != NULL);
		const uint64_t count = sc_outer_faces_count(faces);
		CHECK(sc_outer_faces_invalid_cells(faces) <= grid->cells);
		uint32_t *found = malloc(2 * count * sizeof(*found) + 1);
		CHECK(sc_outer_faces_copy(faces, found, found + count, count) == SC_OK);
		CHECK(sc_outer_faces_copy(faces, found, found + count, count + 1) == SC_E_INVALID);
		sc_outer_faces_destroy(faces);
		if (expected == NULL) {
			expected = found;
			expected_count = count;
			continue;
		}
		CHECK(count == expected_count && memcmp(found, expected, 2 * count * sizeof(*found)) == 0);
		free(found);
	}
	free(expected);
}

// So many faces that they are compared in several chunks.
static void test_large_grid(void) {
	grid_s grid = { .cells = 1100000, .points = 200000 };
	grid.offsets = malloc((grid.cells + 1) * sizeof(*grid.offsets));
	grid.types = malloc(grid.cells);
	grid.connectivity = malloc(4 * grid.cells * sizeof(*grid.connectivity));
	memset(grid.types, TETRAHEDRON, grid.cells);
	for (uint32_t cell = 0; cell <= grid.cells; ++cell) {
		grid.offsets[cell] = 4 * cell;
	}
	for (uint32_t i = 0; i < 4 * grid.cells; ++i) {
		grid.connectivity[i] = (i / 24 + random_below(9)) % grid.points;
	}
	check_same_faces(&grid);
	free_grid(&grid);
}

static void test_invalid_arguments(void) {
	const uint32_t connectivity[] = { 0, 1, 2, 3 };
	const uint32_t offsets[] = { 0, 4 };
	const uint32_t descending[] = { 4, 0 };
	const uint32_t too_long[] = { 0, 5 };
	const uint8_t types[] = { TETRAHEDRON };
	CHECK(sc_outer_faces_create(connectivity, 4, descending, types, 1, 4, table) == NULL && sc_error_code() == SC_E_CORRUPT);
	CHECK(sc_outer_faces_create(connectivity, 4, too_long, types, 1, 4, table) == NULL && sc_error_code() == SC_E_CORRUPT);
	CHECK(sc_outer_faces_create(connectivity, 4, offsets, types, UINT64_MAX, 4, table) == NULL);
	CHECK(sc_outer_faces_create(connectivity, 4, offsets, types, 1, UINT64_MAX, table) == NULL);
	table[200 * SC_CELL_TYPE_BYTES] = 255;
	CHECK(sc_outer_faces_create(connectivity, 4, offsets, types, 1, 4, table) == NULL && sc_error_code() == SC_E_INVALID);
	table[200 * SC_CELL_TYPE_BYTES] = 0;
	sc_outer_faces_s *faces = sc_outer_faces_create(connectivity, 4, offsets, types, 1, 4, table);
	CHECK(faces != NULL && sc_outer_faces_count(faces) == 4 && sc_outer_faces_invalid_cells(faces) == 0);
	sc_outer_faces_destroy(faces);
	faces = sc_outer_faces_create(NULL, 0, offsets, types, 0, 0, table);
	CHECK(faces != NULL && sc_outer_faces_count(faces) == 0);
	sc_outer_faces_destroy(faces);
	sc_outer_faces_destroy(NULL);
}

int main(void) {
	make_table();
	for (int round = 0; round < ROUNDS; ++round) {
		grid_s grid = random_grid(round);
		check_same_faces(&grid);
		free_grid(&grid);
	}
	test_large_grid();
	test_invalid_arguments();
	puts("outer_faces: ok");
	return 0;
}
