// Mesh kernels on random and malformed meshes with 1 to 8 threads, for ThreadSanitizer and AddressSanitizer. Here the results must only
// be equal for any number of threads; test/geometry compares them with reference implementations.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../mesh_chunks.h"
#include "../mesh_cluster.h"
#include "../mesh_index.h"
#include "../mesh_records.h"
#include "../mesh_sampled.h"
#include "../mesh_surface.h"
#include "../mesh_weld.h"
#include "../parallel.h"
#include "check.h"
#include "random.h"

enum { ROUNDS = 12, MAX_VERTICES = 30000, MAX_CORNERS = 90000 };

static float random_coordinate(void) {
	return random_below(1000) == 0 ? wild_coordinate() : (float)random_below(60);
}

typedef struct {
	uint32_t vertices;
	uint32_t corners;
	float *positions;
	uint32_t *indices;
} mesh_s;

// Heap arrays of exactly the required size, so that AddressSanitizer detects an access out of bounds.
static mesh_s random_mesh(int round) {
	mesh_s mesh = { .vertices = 1 + random_below(round % 3 == 0 ? 20 : MAX_VERTICES) };
	mesh.corners = 3 * random_below(MAX_CORNERS / 3);
	mesh.positions = malloc(mesh.vertices * 3 * sizeof(float) + 1);
	mesh.indices = malloc(mesh.corners * sizeof(uint32_t) + 1);
	for (uint32_t i = 0; i < 3 * mesh.vertices; ++i) {
		mesh.positions[i] = random_coordinate();
	}
	for (uint32_t i = 0; i < mesh.corners; ++i) {
		// Some rounds have a vertex of thousands of faces.
		mesh.indices[i] = i % 3 == 0 && round % 5 == 0 ? 0 : random_below(mesh.vertices);
	}
	return mesh;
}

static uint32_t *copy_indices(const mesh_s *mesh) {
	uint32_t *indices = malloc(mesh->corners * sizeof(uint32_t) + 1);
	memcpy(indices, mesh->indices, mesh->corners * sizeof(uint32_t));
	return indices;
}

static void check_same_surfaces(const mesh_s *mesh, int watertight) {
	float *expected = NULL;
	uint32_t *expected_indices = NULL;
	int expected_watertight = 0;
	size_t size = 0;
	for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
		sc_parallel_set_threads(threads);
		uint32_t *indices = copy_indices(mesh);
		float *normals = malloc(mesh->vertices * 3 * sizeof(float));
		sc_surface_s *surface = sc_surface_create(mesh->positions, mesh->vertices, indices, mesh->corners, watertight, normals);
		CHECK(surface != NULL);
		const uint32_t appended = sc_surface_appended(surface);
		const uint64_t count = 3 * ((uint64_t)mesh->vertices + appended);
		normals = realloc(normals, count * sizeof(float));
		uint32_t *sources = malloc(appended * sizeof(uint32_t) + 1);
		CHECK(sc_surface_copy(surface, &normals[3 * mesh->vertices], sources, appended) == SC_OK);
		CHECK(sc_surface_copy(surface, normals, sources, (uint64_t)appended + 1) == SC_E_INVALID);
		for (uint32_t i = 0; i < mesh->corners; ++i) {
			CHECK(indices[i] == mesh->indices[i]
				|| (indices[i] >= mesh->vertices && sources[indices[i] - mesh->vertices] == mesh->indices[i]));
		}
		if (expected == NULL) {
			expected = normals;
			expected_indices = indices;
			expected_watertight = sc_surface_is_watertight(surface);
			size = count * sizeof(float);
		} else {
			CHECK(size == count * sizeof(float) && memcmp(expected, normals, size) == 0);
			CHECK(memcmp(expected_indices, indices, mesh->corners * sizeof(uint32_t)) == 0);
			CHECK(sc_surface_is_watertight(surface) == expected_watertight);
			free(normals);
			free(indices);
		}
		free(sources);
		sc_surface_destroy(surface);
	}
	free(expected);
	free(expected_indices);
}

static void check_same_weld(const mesh_s *mesh) {
	uint32_t *expected = malloc(mesh->vertices * sizeof(uint32_t));
	uint32_t *ids = malloc(mesh->vertices * sizeof(uint32_t));
	sc_parallel_set_threads(1);
	const int64_t count = sc_mesh_weld(mesh->positions, mesh->vertices, expected);
	CHECK(count > 0);
	for (int threads = 2; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
		sc_parallel_set_threads(threads);
		CHECK(sc_mesh_weld(mesh->positions, mesh->vertices, ids) == count);
		CHECK(memcmp(ids, expected, mesh->vertices * sizeof(uint32_t)) == 0);
	}
	float *out = malloc(mesh->vertices * 12);
	uint32_t *indices = copy_indices(mesh);
	memcpy(out, mesh->positions, mesh->vertices * 12);
	CHECK(sc_mesh_weld_indexed(out, mesh->vertices, indices, mesh->corners) == count);
	for (uint32_t i = 0; i < mesh->corners; ++i) {
		CHECK(indices[i] == expected[mesh->indices[i]]);
	}
	free(indices);
	free(out);
	free(ids);
	free(expected);
}

// Results for one number of threads, in arrays of exactly the required size.
typedef struct {
	uint32_t *clustered;
	int64_t clusters;
	double error;
	uint32_t *ordered;
	uint32_t *sampled;
	int64_t sampled_count;
	uint32_t *numbers;
	float *chunks;
	sc_bounds_s bounds;
	uint32_t *extremes;
	int extremes_count;
} result_s;

static result_s compute(const mesh_s *mesh, const float *normals, uint64_t maximum, uint64_t chunk) {
	const uint64_t chunk_floats = SC_CHUNK_FLOATS * ((mesh->corners + 3 * chunk - 1) / (3 * chunk));
	const uint64_t most = mesh->corners / 3 < maximum ? mesh->corners / 3 : maximum;
	result_s result = { .clustered = calloc(3 * most * sizeof(uint32_t) + 1, 1),
		.ordered = malloc(mesh->corners * sizeof(uint32_t) + 1),
		.numbers = malloc(mesh->corners / 3 * sizeof(uint32_t) + 1), .chunks = malloc(chunk_floats * sizeof(float) + 1),
		.sampled = malloc(mesh->corners * sizeof(uint32_t) + 1), .extremes = calloc(SC_MAX_EXTREMES, sizeof(uint32_t)) };
	const double matrix[16] = { 0.02, 0, 0, 0, 0, 0.02, 0, 0.001, 0, 0, 0.02, 0.001, -0.5, -0.5, 0, 1 };
	float *projected = malloc(2 * mesh->vertices * sizeof(*projected) + 1);
	CHECK(sc_mesh_project(mesh->positions, mesh->vertices, matrix, 30, 20, projected) == SC_OK);
	result.sampled_count = sc_mesh_sampled(projected, mesh->vertices, mesh->indices, mesh->corners, 30, 20, result.sampled);
	free(projected);
	CHECK(result.sampled_count >= 0 && result.sampled_count % 3 == 0);
	result.clusters = sc_mesh_cluster(mesh->positions, mesh->vertices, normals, mesh->indices, mesh->corners,
		result.clustered, most, &result.error);
	CHECK(result.clusters >= 0 && (uint64_t)result.clusters <= most);
	CHECK(sc_mesh_order(mesh->positions, mesh->vertices, mesh->indices, mesh->corners, result.ordered, result.numbers) ==
		SC_OK);
	for (uint64_t i = 0; i < mesh->corners / 3; ++i) {
		CHECK(memcmp(&result.ordered[3 * i], &mesh->indices[3 * (uint64_t)result.numbers[i]], 12) == 0);
	}
	CHECK(sc_mesh_chunk_bounds(mesh->positions, mesh->vertices, mesh->indices, mesh->corners, chunk, result.chunks,
		chunk_floats) == SC_OK);
	CHECK(sc_mesh_bounds(mesh->positions, mesh->vertices, &result.bounds) == SC_OK);
	result.extremes_count = sc_mesh_extremes(mesh->positions, mesh->vertices, &result.bounds, result.extremes,
		SC_MAX_EXTREMES);
	CHECK(result.extremes_count >= 0);
	return result;
}

static void free_result(result_s *result) {
	free(result->clustered);
	free(result->ordered);
	free(result->sampled);
	free(result->numbers);
	free(result->chunks);
	free(result->extremes);
}

static void check_same_results(const mesh_s *mesh, const float *normals) {
	const uint64_t maximum = random_below(5000);
	const uint64_t chunk = 1 + random_below(1000);
	sc_parallel_set_threads(1);
	result_s expected = compute(mesh, normals, maximum, chunk);
	sc_parallel_set_threads(5);
	result_s result = compute(mesh, normals, maximum, chunk);
	CHECK(result.clusters == expected.clusters && result.error == expected.error);
	CHECK(memcmp(result.clustered, expected.clustered, 3 * (size_t)result.clusters * sizeof(uint32_t)) == 0);
	CHECK(memcmp(result.ordered, expected.ordered, mesh->corners * sizeof(uint32_t)) == 0);
	CHECK(result.sampled_count == expected.sampled_count);
	CHECK(memcmp(result.sampled, expected.sampled, (size_t)result.sampled_count * sizeof(uint32_t)) == 0);
	CHECK(memcmp(&result.bounds, &expected.bounds, sizeof(result.bounds)) == 0);
	CHECK(result.extremes_count == expected.extremes_count);
	CHECK(memcmp(result.extremes, expected.extremes, SC_MAX_EXTREMES * sizeof(uint32_t)) == 0);
	free_result(&result);
	free_result(&expected);
}

static void test_random_meshes(void) {
	for (int round = 0; round < ROUNDS; ++round) {
		mesh_s mesh = random_mesh(round);
		check_same_weld(&mesh);
		check_same_surfaces(&mesh, 1);
		check_same_surfaces(&mesh, 0);
		check_same_results(&mesh, NULL);
		check_same_results(&mesh, mesh.positions);
		free(mesh.positions);
		free(mesh.indices);
	}
}

// So many vertices that several threads weld them.
static void test_large_mesh(void) {
	const uint32_t count = 1200000;
	mesh_s mesh = { .vertices = count, .corners = 3000 };
	mesh.positions = malloc(count * 12);
	mesh.indices = malloc(mesh.corners * sizeof(uint32_t));
	for (uint32_t i = 0; i < 3 * count; ++i) {
		mesh.positions[i] = (float)random_below(200);
	}
	for (uint32_t i = 0; i < mesh.corners; ++i) {
		mesh.indices[i] = random_below(count);
	}
	uint32_t *expected = malloc(count * sizeof(uint32_t));
	uint32_t *ids = malloc(count * sizeof(uint32_t));
	sc_parallel_set_threads(1);
	const int64_t distinct = sc_mesh_weld(mesh.positions, count, expected);
	CHECK(distinct > 1000000);
	sc_parallel_set_threads(4);
	CHECK(sc_mesh_weld(mesh.positions, count, ids) == distinct);
	CHECK(memcmp(ids, expected, count * sizeof(uint32_t)) == 0);
	check_same_results(&mesh, NULL);
	free(ids);
	free(expected);
	free(mesh.positions);
	free(mesh.indices);
}

// Records of a binary STL file at an odd address; the last one is cut after its positions.
static void test_records(void) {
	enum { RECORDS = 100 };
	const uint64_t size = (RECORDS - 1) * 50 + 48;
	uint8_t *bytes = malloc(size + 1);
	for (uint64_t i = 0; i < size; ++i) {
		bytes[1 + i] = (uint8_t)random_below(2);
	}
	const uint64_t capacity = 3 * RECORDS;
	float *positions = malloc(capacity * 12);
	uint32_t *indices = malloc(capacity * sizeof(*indices));
	void *cache = aligned_alloc(64, SC_RECORDS_CACHE_BYTES);
	memset(cache, 0, SC_RECORDS_CACHE_BYTES);
	const int64_t half = sc_records_index(bytes + 1, size, RECORDS / 2, 12, 50, cache, positions, 0, capacity, indices, capacity);
	CHECK(half > 0);
	const int64_t all = sc_records_index(bytes + 1 + RECORDS / 2 * 50, size - RECORDS / 2 * 50, RECORDS / 2, 12, 50, cache, positions,
		(uint64_t)half, capacity, &indices[capacity / 2], capacity / 2);
	CHECK(all >= half);
	for (uint32_t i = 0; i < capacity; ++i) {
		CHECK(indices[i] < all && memcmp(&positions[3 * indices[i]], bytes + 1 + i / 3 * 50 + 12 + i % 3 * 12, 12) == 0);
	}
	const uint64_t wrong[][7] = { // size, records, offset, stride, vertices, capacity, indices_length
		{ size - 1, RECORDS, 12, 50, 0, capacity, capacity }, { size, RECORDS, 12, 50, 1, capacity, capacity },
		{ size, RECORDS, 12, 50, 0, capacity, capacity - 1 }, { size, RECORDS, 15, 50, 0, capacity, capacity },
		{ size, RECORDS, UINT64_MAX, 50, 0, capacity, capacity }, { size, RECORDS, 12, UINT64_MAX, 0, capacity, capacity },
		{ UINT64_MAX, UINT64_MAX, 12, 50, 0, capacity, capacity }, { size, RECORDS, 12, 50, 0, UINT64_MAX, capacity },
		{ size, RECORDS, 12, 50, capacity + 1, capacity, capacity } };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); ++i) {
		const uint64_t *at = wrong[i];
		CHECK(sc_records_index(bytes + 1, at[0], at[1], at[2], at[3], cache, positions, at[4], at[5], indices, at[6]) < 0);
	}
	CHECK(sc_records_index(NULL, 0, 0, 12, 50, cache, NULL, 0, 0, NULL, 0) == 0);
	CHECK(sc_mesh_weld_indexed(positions, (uint64_t)all, indices, capacity) <= all);
	indices[5] = (uint32_t)all;
	CHECK(sc_mesh_weld_indexed(positions, (uint64_t)all, indices, capacity) == SC_E_INVALID);
	CHECK(sc_mesh_weld_indexed(positions, UINT64_MAX, indices, capacity) == SC_E_INVALID);
	CHECK(sc_mesh_weld(NULL, 0, NULL) == 0 && sc_mesh_weld(NULL, UINT64_MAX, NULL) == SC_E_INVALID);
	free(cache);
	free(indices);
	free(positions);
	free(bytes);
}

static void test_invalid_meshes(void) {
	const float positions[9] = { 0, 0, 0, 1, 0, 0, 0, 1, 0 };
	uint32_t indices[3] = { 0, 1, 3 };
	float normals[9];
	CHECK(sc_surface_create(positions, 3, indices, 3, 0, normals) == NULL && sc_error_code() == SC_E_INVALID);
	CHECK(sc_surface_create(positions, 3, indices, 2, 0, normals) == NULL);
	CHECK(sc_surface_create(positions, 2, NULL, 3, 0, normals) == NULL);
	CHECK(sc_surface_create(positions, UINT64_MAX, indices, 3, 0, normals) == NULL);
	CHECK(sc_surface_create(positions, 3, indices, UINT64_MAX / 3 * 3, 0, normals) == NULL);
	uint32_t used[3];
	CHECK(sc_mesh_compact(indices, 3, 3, used) == SC_E_INVALID && indices[2] == 3);
	CHECK(sc_mesh_compact(indices, UINT64_MAX / 3 * 3, 3, used) == SC_E_INVALID);
	CHECK(sc_mesh_compact(NULL, 0, 0, NULL) == 0);
	uint32_t corners[3] = { 7, 2, 7 };
	CHECK(sc_mesh_compact(corners, 3, 8, used) == 2 && used[0] == 7 && used[1] == 2 && corners[1] == 1 && corners[2] == 0);
	float chunk[SC_CHUNK_FLOATS];
	double error;
	sc_bounds_s bounds;
	CHECK(sc_mesh_cluster(positions, 3, NULL, indices, 3, indices, 0, &error) == SC_E_INVALID);
	CHECK(sc_mesh_order(positions, 3, indices, 3, indices, NULL) == SC_E_INVALID);
	const double matrix[16] = { 1 };
	float projected[6];
	CHECK(sc_mesh_project(positions, 3, matrix, 30, UINT32_MAX, projected) == SC_E_INVALID);
	CHECK(sc_mesh_sampled(projected, 3, indices, 3, 30, 20, indices) == SC_E_INVALID);
	CHECK(sc_mesh_sampled(projected, 3, NULL, 3, 30, 20, indices) == SC_E_INVALID);
	CHECK(sc_mesh_sampled(projected, 3, indices, 0, UINT32_MAX, 20, indices) == SC_E_INVALID);
	CHECK(sc_mesh_chunk_bounds(positions, 3, indices, 3, 1, chunk, SC_CHUNK_FLOATS) == SC_E_INVALID);
	CHECK(sc_mesh_bounds(positions, UINT64_MAX, &bounds) == SC_E_INVALID);
	indices[2] = 2;
	CHECK(sc_mesh_chunk_bounds(positions, 3, indices, 3, 0, chunk, SC_CHUNK_FLOATS) == SC_E_INVALID);
	CHECK(sc_mesh_chunk_bounds(positions, 3, indices, 3, UINT64_MAX, chunk, SC_CHUNK_FLOATS) == SC_E_INVALID);
	CHECK(sc_mesh_chunk_bounds(positions, 3, indices, 3, 1, chunk, SC_CHUNK_FLOATS - 1) == SC_E_TOO_SMALL);
	CHECK(sc_mesh_bounds(positions, 3, &bounds) == SC_OK && bounds.invalid == 0 && bounds.max[0] == 1);
	CHECK(sc_mesh_extremes(positions, 3, &bounds, indices, 3) == SC_E_TOO_SMALL);
	sc_surface_s *empty = sc_surface_create(NULL, 0, NULL, 0, 1, normals);
	CHECK(empty != NULL && sc_surface_is_watertight(empty) == 0 && sc_surface_copy(empty, NULL, NULL, 0) == SC_OK);
	sc_surface_destroy(empty);
}

int main(void) {
	test_random_meshes();
	test_large_mesh();
	test_records();
	test_invalid_meshes();
	printf("mesh: ok\n");
	return 0;
}
