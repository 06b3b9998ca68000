#include "mesh_fans.h"

#include <string.h>

#include "error.h"
#include "mesh_weld.h"
#include "parallel.h"

// Vertices per range of a parallel loop.
#define GRAIN (1 << 16)

typedef struct {
	sc_fans_s *fans;
	uint32_t *range_base; // number of the first open vertex of each range
	uint32_t open;
	uint32_t *vertices; // the open vertices, in increasing order
	float *coordinates; // of the open vertices
	uint32_t *numbers;  // of their positions
} welding_s;

// The finalizer of a hash function: sums of hashes of different positions then differ.
static inline uint32_t hash_of(uint32_t position) {
	uint32_t hash = position * 0x9e3779b1 + 0x85ebca6b;
	hash = (hash ^ hash >> 15) * 0x2c1b3c6d;
	return hash ^ hash >> 13;
}

static inline void add(sc_fan_s *fan, sc_vector_s normal, uint32_t balance) {
	fan->x += normal.x;
	fan->y += normal.y;
	fan->z += normal.z;
	fan->faces += 1;
	fan->balance += balance;
}

// Each thread handles a range of positions and reads all triangles. The order of the sums then does not depend on the number of
// threads, without atomic operations.
static void sum_range(void *context, uint64_t begin, uint64_t end) {
	sc_fans_s *fans = context;
	const sc_mesh_s *mesh = &fans->mesh;
	sc_fan_s *own = &fans->fans[begin];
	const uint32_t size = (uint32_t)(end - begin);
	memset(own, 0, size * sizeof(*own));
	for (uint32_t corner = 0; corner < mesh->corners; corner += 3) {
		const uint32_t a = sc_position_of(mesh, corner) - (uint32_t)begin;
		const uint32_t b = sc_position_of(mesh, corner + 1) - (uint32_t)begin;
		const uint32_t c = sc_position_of(mesh, corner + 2) - (uint32_t)begin;
		if (a >= size && b >= size && c >= size) {
			continue;
		}
		const sc_vector_s normal = sc_face_normal(mesh, corner);
		const uint32_t hashes[3] = { hash_of(a + (uint32_t)begin), hash_of(b + (uint32_t)begin), hash_of(c + (uint32_t)begin) };
		if (a < size) {
			add(&own[a], normal, hashes[1] - hashes[2]);
		}
		if (b < size) {
			add(&own[b], normal, hashes[2] - hashes[0]);
		}
		if (c < size) {
			add(&own[c], normal, hashes[0] - hashes[1]);
		}
	}
}

static void count_open(void *context, uint64_t begin, uint64_t end) {
	welding_s *welding = context;
	uint32_t count = 0;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		count += welding->fans->fans[vertex].balance != 0;
	}
	welding->range_base[begin / GRAIN] = count;
}

static void list_open(void *context, uint64_t begin, uint64_t end) {
	welding_s *welding = context;
	uint32_t at = welding->range_base[begin / GRAIN];
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (welding->fans->fans[vertex].balance != 0) {
			memcpy(&welding->coordinates[3 * (size_t)at], &welding->fans->mesh.coordinates[3 * vertex], 12);
			welding->vertices[at++] = (uint32_t)vertex;
		}
	}
}

static void number_range(void *context, uint64_t begin, uint64_t end) {
	uint32_t *ids = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		ids[vertex] = (uint32_t)vertex;
	}
}

static int no_memory(const sc_fans_s *fans) {
	return sc_fail(SC_E_SYSTEM, "no memory to weld %u vertices", fans->mesh.vertices);
}

// Lists the open vertices and numbers their positions. Returns the number of positions.
static int64_t number_open(welding_s *welding) {
	const uint32_t vertices = welding->fans->mesh.vertices;
	welding->range_base = malloc((vertices / GRAIN + 1) * sizeof(*welding->range_base));
	if (welding->range_base == NULL) {
		return no_memory(welding->fans);
	}
	sc_parallel_for(vertices, GRAIN, count_open, welding);
	for (uint64_t range = 0; range * GRAIN < vertices; ++range) {
		const uint32_t count = welding->range_base[range];
		welding->range_base[range] = welding->open;
		welding->open += count;
	}
	if (welding->open == 0) {
		return 0;
	}
	welding->vertices = malloc(welding->open * sizeof(*welding->vertices));
	welding->coordinates = malloc(welding->open * (size_t)12);
	welding->numbers = malloc(welding->open * sizeof(*welding->numbers));
	if (welding->vertices == NULL || welding->coordinates == NULL || welding->numbers == NULL) {
		return no_memory(welding->fans);
	}
	sc_parallel_for(vertices, GRAIN, list_open, welding);
	return sc_mesh_weld(welding->coordinates, welding->open, welding->numbers);
}

static int set_ids(welding_s *welding) {
	sc_mesh_s *mesh = &welding->fans->mesh;
	mesh->ids = malloc(mesh->vertices * sizeof(*mesh->ids));
	if (mesh->ids == NULL) {
		return no_memory(welding->fans);
	}
	sc_parallel_for(mesh->vertices, GRAIN, number_range, mesh->ids);
	// Positions are numbered in the order of their lowest vertices, which therefore can replace the start of the list.
	uint32_t next = 0;
	for (uint32_t i = 0; i < welding->open; ++i) {
		const uint32_t vertex = welding->vertices[i];
		if (welding->numbers[i] == next) {
			welding->vertices[next++] = vertex;
		}
		mesh->ids[vertex] = welding->vertices[welding->numbers[i]];
	}
	return SC_OK;
}

// Adds the fans of welded vertices to those of their positions.
static void merge(sc_fans_s *fans) {
	for (uint32_t vertex = 0; vertex < fans->mesh.vertices; ++vertex) {
		if (fans->mesh.ids[vertex] != vertex) {
			sc_fan_s *own = &fans->fans[vertex];
			sc_fan_s *fan = &fans->fans[fans->mesh.ids[vertex]];
			*fan = (sc_fan_s){ fan->x + own->x, fan->y + own->y, fan->z + own->z, fan->faces + own->faces, 0 };
			*own = (sc_fan_s){ 0, 0, 0, 0, 0 };
		}
	}
}

static void sum(sc_fans_s *fans) {
	const uint64_t vertices = fans->mesh.vertices;
	sc_parallel_for(vertices, vertices / (uint64_t)sc_parallel_threads() + 1, sum_range, fans);
}

static int weld(sc_fans_s *fans, int balance) {
	welding_s welding = { .fans = fans };
	const int64_t positions = number_open(&welding);
	int code = positions < 0 ? (int)positions : SC_OK;
	if (code == SC_OK && positions < welding.open) {
		code = set_ids(&welding);
	}
	free(welding.range_base);
	free(welding.vertices);
	free(welding.coordinates);
	free(welding.numbers);
	if (code == SC_OK && fans->mesh.ids != NULL) {
		(balance ? sum : merge)(fans);
	}
	return code;
}

int sc_fans_init(sc_fans_s *fans, const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners, int balance) {
	*fans = (sc_fans_s){ .mesh = { coordinates, indices, (uint32_t)vertices, (uint32_t)corners, NULL } };
	if (sc_mesh_check(vertices, indices, corners) < 0) {
		return sc_error_code();
	}
	fans->fans = malloc(((size_t)vertices + 1) * sizeof(*fans->fans));
	if (fans->fans == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the triangles around %u vertices", fans->mesh.vertices);
	}
	sum(fans);
	return weld(fans, balance);
}

void sc_fans_destroy(sc_fans_s *fans) {
	free(fans->mesh.ids);
	free(fans->fans);
}
