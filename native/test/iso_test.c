// Isosurfaces of random volumes, for AddressSanitizer and ThreadSanitizer: closed, oriented, with one vertex on each cut edge of the grid,
// and equal for 1 to 8 threads.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../parallel.h"
#include "../volume_iso.h"
#include "check.h"
#include "random.h"

enum { ROUNDS = 40 };

typedef struct {
	uint64_t vertices;
	uint64_t triangles;
	float *positions;
	float *normals;
	uint32_t *indices;
} surface_s;

static const sc_iso_grid_s IDENTITY = { .to_world = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0 }, .to_normal = { 1, 0, 0, 0, 1, 0, 0, 0, 1 } };

static surface_s surface_of(const void *values, uint64_t count, int type, const uint32_t *shape, const sc_iso_grid_s *grid) {
	sc_iso_s *iso = sc_iso_create(values, count, type, shape, 0, grid);
	CHECK(iso != NULL);
	surface_s surface = { .vertices = sc_iso_vertices(iso), .triangles = sc_iso_triangles(iso) };
	surface.positions = malloc(3 * surface.vertices * sizeof(float));
	surface.normals = malloc(3 * surface.vertices * sizeof(float));
	surface.indices = malloc(3 * surface.triangles * sizeof(uint32_t));
	CHECK(sc_iso_copy(iso, surface.positions, surface.normals, surface.vertices, surface.indices, surface.triangles) == SC_OK);
	if (surface.vertices > 0) {
		CHECK(sc_iso_copy(iso, NULL, NULL, surface.vertices - 1, NULL, surface.triangles) == SC_E_TOO_SMALL);
	}
	sc_iso_destroy(iso);
	return surface;
}

static void surface_destroy(surface_s *surface) {
	free(surface->positions);
	free(surface->normals);
	free(surface->indices);
}

static int compare_edges(const void *a, const void *b) {
	const uint64_t *x = a;
	const uint64_t *y = b;
	return x[0] != y[0] ? (x[0] < y[0] ? -1 : 1) : x[1] != y[1] ? (x[1] < y[1] ? -1 : 1) : 0;
}

// Each edge of a closed and oriented surface occurs once in each direction. Returns how many do not.
static uint64_t open_edges(const surface_s *surface) {
	const uint64_t count = 3 * surface->triangles;
	uint64_t(*edges)[2] = malloc(count * sizeof(*edges) + 1);
	for (uint64_t i = 0; i < count; ++i) {
		const uint64_t a = surface->indices[i];
		const uint64_t b = surface->indices[i - i % 3 + (i + 1) % 3];
		CHECK(a < surface->vertices && b < surface->vertices && a != b);
		edges[i][0] = (a < b ? a : b) << 32 | (a < b ? b : a);
		edges[i][1] = a < b;
	}
	qsort(edges, count, sizeof(*edges), compare_edges);
	uint64_t open = 0;
	for (uint64_t i = 0; i < count;) {
		uint64_t end = i;
		int64_t balance = 0;
		for (; end < count && edges[end][0] == edges[i][0]; ++end) {
			balance += edges[end][1] ? 1 : -1;
		}
		open += balance != 0;
		i = end;
	}
	free(edges);
	return open;
}

// Volume inside a closed surface, by the divergence theorem: positive if triangles are counterclockwise from outside.
static double volume_inside(const surface_s *surface) {
	double sum = 0;
	for (uint64_t i = 0; i < surface->triangles; ++i) {
		const float *a = &surface->positions[3 * (uint64_t)surface->indices[3 * i]];
		const float *b = &surface->positions[3 * (uint64_t)surface->indices[3 * i + 1]];
		const float *c = &surface->positions[3 * (uint64_t)surface->indices[3 * i + 2]];
		sum += (double)(a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])) / 6;
	}
	return sum;
}

static void test_sphere(void) {
	enum { SIDE = 48 };
	const uint32_t shape[4] = { SIDE, SIDE, SIDE, 1 };
	float *values = malloc(SIDE * SIDE * SIDE * sizeof(float));
	for (int i = 0; i < SIDE * SIDE * SIDE; ++i) {
		const double x = i % SIDE - 23.4;
		const double y = i / SIDE % SIDE - 23.1;
		const double z = i / SIDE / SIDE - 24.2;
		values[i] = (float)-sqrt(x * x + y * y + z * z);
	}
	for (int variant = 0; variant < 4; ++variant) {
		sc_iso_grid_s grid = IDENTITY;
		grid.level = -17;
		// Mirrored, and with higher values outside.
		grid.to_world[0] = variant & 1 ? -1 : 1;
		grid.to_normal[0] = variant & 1 ? -1 : 1;
		grid.is_inverted = variant >> 1;
		surface_s surface = surface_of(values, SIDE * SIDE * SIDE, SC_NUMBER_FLOAT32, shape, &grid);
		CHECK(open_edges(&surface) == 0);
		const double expected = 4.0 / 3 * acos(-1) * 17 * 17 * 17;
		const double inside = volume_inside(&surface) * (variant & 2 ? -1 : 1);
		CHECK(fabs(inside - expected) < 0.005 * expected);
		for (uint64_t i = 0; i < surface.vertices; ++i) {
			const float *p = &surface.positions[3 * i];
			const float *n = &surface.normals[3 * i];
			const double from[3] = { (double)p[0] - (variant & 1 ? -23.4 : 23.4), (double)p[1] - 23.1, (double)p[2] - 24.2 };
			const double radius = sqrt(from[0] * from[0] + from[1] * from[1] + from[2] * from[2]);
			CHECK(fabs(radius - 17) < 0.01);
			const double facing = ((double)n[0] * from[0] + (double)n[1] * from[1] + (double)n[2] * from[2]) / radius;
			CHECK(variant & 2 ? facing < -0.999 : facing > 0.999);
		}
		surface_destroy(&surface);
	}
	free(values);
}

// Noise inside of an empty border has all cases of cells, and is closed.
static void test_noise(void) {
	for (int round = 0; round < ROUNDS; ++round) {
		const uint32_t shape[4] = { 3 + random_below(20), 3 + random_below(20), 3 + random_below(round % 4 == 0 ? 60 : 10), 1 };
		const uint64_t count = (uint64_t)shape[0] * shape[1] * shape[2];
		const uint32_t density = 5 + random_below(90);
		int16_t *values = malloc(count * sizeof(int16_t));
		uint64_t cuts = 0;
		for (uint64_t i = 0; i < count; ++i) {
			const uint64_t at[3] = { i % shape[0], i / shape[0] % shape[1], i / shape[0] / shape[1] };
			int is_border = 0;
			for (int axis = 0; axis < 3; ++axis) {
				is_border |= at[axis] == 0 || at[axis] + 1 == shape[axis];
			}
			values[i] = !is_border && random_below(100) < density ? (int16_t)(10 + random_below(90)) : (int16_t)random_below(9);
			const uint64_t steps[3] = { 1, shape[0], (uint64_t)shape[0] * shape[1] };
			for (int axis = 0; axis < 3; ++axis) {
				cuts += at[axis] > 0 && (values[i] >= 10) != (values[i - steps[axis]] >= 10);
			}
		}
		sc_iso_grid_s grid = IDENTITY;
		grid.level = 10;
		surface_s first = { 0 };
		for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
			sc_parallel_set_threads(threads);
			surface_s surface = surface_of(values, count, SC_NUMBER_INT16, shape, &grid);
			CHECK(surface.vertices == cuts);
			CHECK(open_edges(&surface) == 0);
			for (uint64_t i = 0; i < surface.vertices; ++i) {
				// On a line of the grid, where its two voxels are interpolated to the level.
				uint64_t low[3];
				int fractions = 0;
				double part = 0;
				uint64_t step = 0;
				const uint64_t steps[3] = { 1, shape[0], (uint64_t)shape[0] * shape[1] };
				for (int axis = 0; axis < 3; ++axis) {
					const double place = (double)surface.positions[3 * i + (uint64_t)axis];
					low[axis] = (uint64_t)place;
					if (place > (double)low[axis]) {
						++fractions;
						part = place - (double)low[axis];
						step = steps[axis];
					}
				}
				CHECK(fractions <= 1);
				const uint64_t at = low[0] + low[1] * steps[1] + low[2] * steps[2];
				CHECK(fabs(values[at] + part * (values[at + step] - values[at]) - 10) < 2e-3);
			}
			if (threads == 1) {
				CHECK(surface.triangles == 0 || volume_inside(&surface) > 0);
				first = surface;
				continue;
			}
			CHECK(surface.triangles == first.triangles);
			CHECK(memcmp(surface.positions, first.positions, 12 * surface.vertices) == 0);
			CHECK(memcmp(surface.normals, first.normals, 12 * surface.vertices) == 0);
			CHECK(memcmp(surface.indices, first.indices, 12 * surface.triangles) == 0);
			surface_destroy(&surface);
		}
		surface_destroy(&first);
		free(values);
	}
	sc_parallel_set_threads(0);
}

static void test_wild_values(void) {
	const uint32_t shape[4] = { 9, 7, 8, 1 };
	const double wild[] = { NAN, INFINITY, -INFINITY, 1e308, -1e308, 0, 1, -1 };
	double values[9 * 7 * 8];
	for (int round = 0; round < 20; ++round) {
		for (int i = 0; i < 9 * 7 * 8; ++i) {
			values[i] = wild[random_below(8)];
		}
		sc_iso_grid_s grid = IDENTITY;
		grid.level = wild[round % 8];
		surface_s surface = surface_of(values, 9 * 7 * 8, SC_NUMBER_FLOAT64, shape, &grid);
		for (uint64_t i = 0; i < 3 * surface.vertices; ++i) {
			CHECK(isfinite(surface.positions[i]) && isfinite(surface.normals[i]));
		}
		surface_destroy(&surface);
	}
}

static void test_flat_volumes(void) {
	const uint8_t values[8] = { 0, 9, 0, 9, 9, 0, 0, 9 };
	const uint32_t shapes[][4] = { { 8, 1, 1, 1 }, { 1, 8, 1, 1 }, { 1, 1, 8, 1 }, { 4, 2, 1, 1 }, { 2, 2, 2, 1 } };
	sc_iso_grid_s grid = IDENTITY;
	grid.level = 5;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); ++i) {
		surface_s surface = surface_of(values, 8, SC_NUMBER_UINT8, shapes[i], &grid);
		CHECK((surface.triangles > 0) == (i == 4));
		surface_destroy(&surface);
	}
	const uint32_t many[4] = { 2, 2, 1, 2 };
	const uint32_t empty[4] = { 2, 0, 1, 1 };
	CHECK(sc_iso_create(values, 7, SC_NUMBER_UINT8, shapes[4], 0, &grid) == NULL && sc_error_code() == SC_E_TOO_SMALL);
	CHECK(sc_iso_create(values, 8, 42, shapes[4], 0, &grid) == NULL && sc_error_code() == SC_E_INVALID);
	CHECK(sc_iso_create(values, 8, SC_NUMBER_UINT8, many, 0, &grid) == NULL && sc_error_code() == SC_E_INVALID);
	CHECK(sc_iso_create(values, 8, SC_NUMBER_UINT8, empty, 0, &grid) == NULL && sc_error_code() == SC_E_INVALID);
	sc_iso_destroy(NULL);
}

int main(void) {
	test_sphere();
	test_noise();
	test_wild_values();
	test_flat_volumes();
	printf("iso: ok\n");
	return 0;
}
