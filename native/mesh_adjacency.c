#include "mesh_adjacency.h"

#include <stdlib.h>

#include "error.h"
#include "parallel.h"

// Corners per range of a parallel loop, a multiple of 3.
#define GRAIN (3 << 16)

typedef struct {
	const sc_mesh_s *mesh;
	sc_fan_s *fans;
	sc_adjacency_s *adjacency;
	uint32_t *range_base; // number of the first marked corner of each range of corners
	uint32_t *corners;    // corners at marked positions, in increasing order
	uint32_t count;
} work_s;

static void count_corners(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint32_t count = 0;
	for (uint64_t corner = begin; corner < end; ++corner) {
		count += (uint32_t)sc_fan_is_marked(&work->fans[sc_position_of(work->mesh, (uint32_t)corner)]);
	}
	work->range_base[begin / GRAIN] = count;
}

static void collect_corners(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint32_t at = work->range_base[begin / GRAIN];
	for (uint64_t corner = begin; corner < end; ++corner) {
		if (sc_fan_is_marked(&work->fans[sc_position_of(work->mesh, (uint32_t)corner)])) {
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
	const uint64_t corners = work->mesh->corners;
	work->range_base = malloc((corners / GRAIN + 1) * sizeof(*work->range_base));
	if (work->range_base == NULL) {
		return no_memory(work);
	}
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
	for (uint32_t position = 0; position < work->mesh->vertices; ++position) {
		adjacency->positions += (uint32_t)(sc_fan_is_marked(&work->fans[position]) && sc_fan_faces(&work->fans[position]) > 0);
	}
	adjacency->first = calloc((size_t)adjacency->positions + 2, sizeof(*adjacency->first));
	adjacency->list = malloc(((size_t)work->count + 1) * sizeof(*adjacency->list));
	if (adjacency->first == NULL || adjacency->list == NULL) {
		return no_memory(work);
	}
	uint32_t number = 0;
	for (uint32_t position = 0; position < work->mesh->vertices; ++position) {
		sc_fan_s *fan = &work->fans[position];
		if (sc_fan_is_marked(fan) && sc_fan_faces(fan) > 0) {
			// list_corners moves the entry after the next to the end of the position's list.
			adjacency->first[number + 2] = adjacency->first[number + 1] + sc_fan_faces(fan);
			fan->balance = number++;
		}
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
	free(work.range_base);
	free(work.corners);
	return code;
}

void sc_adjacency_destroy(sc_adjacency_s *adjacency) {
	free(adjacency->first);
	free(adjacency->list);
}
