#include "mesh_index.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "mesh_weld.h"
#include "parallel.h"

#define GRAIN (1 << 18)

typedef struct {
	const uint32_t *indices;
	uint32_t highest;
} highest_s;

static void find_highest(void *context, uint64_t begin, uint64_t end) {
	highest_s *search = context;
	uint32_t highest = 0;
	for (uint64_t corner = begin; corner < end; ++corner) {
		highest = search->indices[corner] > highest ? search->indices[corner] : highest;
	}
	uint32_t known = __atomic_load_n(&search->highest, __ATOMIC_RELAXED);
	while (highest > known
		&& !__atomic_compare_exchange_n(&search->highest, &known, highest, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}

int sc_mesh_check(uint64_t vertices, const uint32_t *indices, uint64_t corners) {
	if (vertices > SC_MESH_MAX_COUNT || corners > SC_MESH_MAX_COUNT || corners % 3 != 0) {
		return sc_fail(SC_E_INVALID, "a mesh cannot have %llu vertices and %llu corners", (unsigned long long)vertices,
			(unsigned long long)corners);
	}
	highest_s search = { indices, corners > 0 ? (uint32_t)corners - 1 : 0 };
	if (indices != NULL) {
		search.highest = 0;
		sc_parallel_for(corners, GRAIN, find_highest, &search);
	}
	if (corners > 0 && search.highest >= vertices) {
		return sc_fail(SC_E_INVALID, "vertex index %u is out of range: the mesh has %llu vertices", search.highest,
			(unsigned long long)vertices);
	}
	return SC_OK;
}

int64_t sc_mesh_compact(uint32_t *indices, uint64_t corners, uint64_t vertices, uint32_t *used) {
	const int checked = sc_mesh_check(vertices, indices, corners);
	if (checked != SC_OK || corners == 0) {
		return checked;
	}
	uint32_t *numbers = malloc(vertices * sizeof(*numbers));
	if (numbers == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the numbers of %llu vertices", (unsigned long long)vertices);
	}
	memset(numbers, 0xff, vertices * sizeof(*numbers));
	uint32_t count = 0;
	for (uint64_t corner = 0; corner < corners; ++corner) {
		const uint32_t vertex = indices[corner];
		if (numbers[vertex] == UINT32_MAX) {
			used[count] = vertex;
			numbers[vertex] = count++;
		}
		indices[corner] = numbers[vertex];
	}
	free(numbers);
	return count;
}
