#include "mesh_adjacency.h"

#include <stdlib.h>

#include "error.h"
#include "parallel.h"

// Corners per range of a parallel loop, a multiple of 3.
#define GRAIN (3 << 16)
// Vertices per range, a multiple of 64.
#define VERTEX_GRAIN (1 << 16)

typedef struct {
	const sc_mesh_s *mesh;
	sc_fan_s *fans;
	sc_adjacency_s *adjacency;
	uint64_t *marked;     // a bit for each vertex: its position is marked. They fit into the cache, the fans do not
	uint32_t *range_base; // number of the first marked corner of each range of corners
	uint32_t *corners;    // corners at marked positions, in increasing order
	uint32_t count;
} work_s;

static void mark_vertices(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const uint32_t *ids = work->mesh->ids;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		const uint64_t is_marked = (uint64_t)sc_fan_is_marked(&work->fans[ids != NULL ? ids[vertex] : vertex]);
		work->marked[vertex / 64] |= is_marked << vertex % 64;
	}
}

static inline uint32_t is_marked(const work_s *work, uint64_t corner) {
	const uint32_t vertex = sc_vertex_of(work->mesh, (uint32_t)corner);
	return work->marked[vertex / 64] >> vertex % 64 & 1;
}

// Returns the next marked position with corners from `position` on, or the number of vertices.
static uint32_t next_position(const work_s *work, uint32_t position) {
	const uint32_t vertices = work->mesh->vertices, *ids = work->mesh->ids;
	for (;; ++position) {
		uint64_t bits = position < vertices ? work->marked[position / 64] >> position % 64 : 0;
		while (bits == 0 && position < vertices) {
			position += 64 - position % 64;
			bits = position < vertices ? work->marked[position / 64] : 0;
		}
		if (bits == 0) {
			return vertices;
		}
		position += (uint32_t)__builtin_ctzll(bits);
		if ((ids == NULL || ids[position] == position) && sc_fan_faces(&work->fans[position]) > 0) {
			return position;
		}
	}
}

static void count_corners(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint32_t count = 0;
	for (uint64_t corner = begin; corner < end; ++corner) {
		count += is_marked(work, corner);
	}
	work->range_base[begin / GRAIN] = count;
}

static void collect_corners(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint32_t at = work->range_base[begin / GRAIN];
	for (uint64_t corner = begin; corner < end; ++corner) {
		if (is_marked(work, corner)) {
			work->corners[at++] = (uint32_t)corner;
		}
	}
}

// Each thread handles a range of positions and reads all marked corners, so that the order of the lists does not depend on the number
// of threads.
static void list_corners(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const uint32_t size = (uint32_t)(end - begin);
	uint32_t *first = work->adjacency->first;
	for (uint32_t i = 0; i < work->count; ++i) {
		const uint32_t number = work->fans[sc_position_of(work->mesh, work->corners[i])].balance;
		if (number - (uint32_t)begin < size) {
			work->adjacency->list[first[number + 1]++] = work->corners[i];
		}
	}
}

static int no_memory(const work_s *work) {
	return sc_fail(SC_E_SYSTEM, "no memory for the neighbours of %u vertices", work->mesh->vertices);
}

static int collect(work_s *work) {
	const uint64_t corners = work->mesh->corners, vertices = work->mesh->vertices;
	work->range_base = malloc((corners / GRAIN + 1) * sizeof(*work->range_base));
	work->marked = calloc(vertices / 64 + 1, sizeof(*work->marked));
	if (work->range_base == NULL || work->marked == NULL) {
		return no_memory(work);
	}
	sc_parallel_for(vertices, VERTEX_GRAIN, mark_vertices, work);
	sc_parallel_for(corners, GRAIN, count_corners, work);
	for (uint64_t range = 0; range * GRAIN < corners; ++range) {
		const uint32_t count = work->range_base[range];
		work->range_base[range] = work->count;
		work->count += count;
	}
	work->corners = malloc(((size_t)work->count + 1) * sizeof(*work->corners));
	if (work->corners == NULL) {
		return no_memory(work);
	}
	if (work->count > 0) {
		sc_parallel_for(corners, GRAIN, collect_corners, work);
	}
	return SC_OK;
}

static int list(work_s *work) {
	sc_adjacency_s *adjacency = work->adjacency;
	const uint32_t vertices = work->mesh->vertices;
	for (uint32_t position = next_position(work, 0); position < vertices; position = next_position(work, position + 1)) {
		++adjacency->positions;
	}
	adjacency->first = calloc((size_t)adjacency->positions + 2, sizeof(*adjacency->first));
	adjacency->list = malloc(((size_t)work->count + 1) * sizeof(*adjacency->list));
	if (adjacency->first == NULL || adjacency->list == NULL) {
		return no_memory(work);
	}
	uint32_t number = 0;
	for (uint32_t position = next_position(work, 0); position < vertices; position = next_position(work, position + 1)) {
		sc_fan_s *fan = &work->fans[position];
		// list_corners moves the entry after the next to the end of the position's list.
		adjacency->first[number + 2] = adjacency->first[number + 1] + sc_fan_faces(fan);
		fan->balance = number++;
	}
	sc_parallel_for(adjacency->positions, adjacency->positions / (uint64_t)sc_parallel_threads() + 1, list_corners, work);
	return SC_OK;
}

int sc_adjacency_init(sc_adjacency_s *adjacency, sc_fans_s *fans) {
	*adjacency = (sc_adjacency_s){ 0 };
	work_s work = { .mesh = &fans->mesh, .fans = fans->fans, .adjacency = adjacency };
	int code = collect(&work);
	if (code == SC_OK && work.count > 0) {
		code = list(&work);
	}
	free(work.marked);
	free(work.range_base);
	free(work.corners);
	return code;
}

void sc_adjacency_destroy(sc_adjacency_s *adjacency) {
	free(adjacency->first);
	free(adjacency->list);
}
