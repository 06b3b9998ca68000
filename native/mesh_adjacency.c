#include "mesh_adjacency.h"

#include <string.h>

#include "error.h"
#include "mesh_index.h"
#include "mesh_weld.h"
#include "parallel.h"

static int allocate(sc_adjacency_s *mesh) {
	mesh->first = calloc((size_t)mesh->positions + 2, sizeof(*mesh->first));
	mesh->list = malloc(((size_t)mesh->corners + 1) * sizeof(*mesh->list));
	if (mesh->first == NULL || mesh->list == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the neighbours of %u vertices", mesh->vertices);
	}
	return SC_OK;
}

static int weld(sc_adjacency_s *mesh) {
	mesh->ids = malloc(((size_t)mesh->vertices + 1) * sizeof(*mesh->ids));
	if (mesh->ids == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory to weld %u vertices", mesh->vertices);
	}
	const int64_t positions = sc_mesh_weld((const uint8_t *)mesh->coordinates, 12 * (uint64_t)mesh->vertices, 12, 1,
		mesh->ids, mesh->vertices);
	if (positions < 0) {
		return (int)positions;
	}
	mesh->positions = (uint32_t)positions;
	if (mesh->positions == mesh->vertices) {
		free(mesh->ids);
		mesh->ids = NULL;
	}
	return SC_OK;
}

// Each thread handles a range of positions and reads all corners. The order of the lists then does not depend on the number of
// threads, without atomic operations or sorting.
static void count_corners(void *context, uint64_t begin, uint64_t end) {
	const sc_adjacency_s *mesh = context;
	const uint32_t size = (uint32_t)(end - begin);
	for (uint32_t corner = 0; corner < mesh->corners; ++corner) {
		const uint32_t position = sc_position_of(mesh, corner);
		if (position - (uint32_t)begin < size) {
			++mesh->first[position + 2];
		}
	}
}

static void list_corners(void *context, uint64_t begin, uint64_t end) {
	const sc_adjacency_s *mesh = context;
	const uint32_t size = (uint32_t)(end - begin);
	for (uint32_t corner = 0; corner < mesh->corners; ++corner) {
		const uint32_t position = sc_position_of(mesh, corner);
		if (position - (uint32_t)begin < size) {
			mesh->list[mesh->first[position + 1]++] = corner;
		}
	}
}

int sc_adjacency_init(sc_adjacency_s *mesh, const float *coordinates, uint64_t vertices, const uint32_t *indices,
	uint64_t corners, int are_distinct) {
	*mesh = (sc_adjacency_s){ .coordinates = coordinates, .indices = indices };
	if (sc_mesh_check(vertices, indices, corners) < 0) {
		return sc_error_code();
	}
	mesh->vertices = (uint32_t)vertices;
	mesh->corners = (uint32_t)corners;
	mesh->positions = mesh->vertices;
	if ((!are_distinct && weld(mesh) < 0) || allocate(mesh) < 0) {
		return sc_error_code();
	}
	const uint64_t threads = (uint64_t)sc_parallel_threads();
	const uint64_t grain = mesh->positions / threads + 1;
	sc_parallel_for(mesh->positions, grain, count_corners, mesh);
	for (size_t position = 0; position < mesh->positions; ++position) {
		mesh->first[position + 2] += mesh->first[position + 1];
	}
	sc_parallel_for(mesh->positions, grain, list_corners, mesh);
	return SC_OK;
}

void sc_adjacency_destroy(sc_adjacency_s *mesh) {
	free(mesh->ids);
	free(mesh->first);
	free(mesh->list);
}
