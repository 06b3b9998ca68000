// An indexed triangle mesh, whose vertices can share positions.
#pragma once

#include "scenecast.h"

typedef struct {
	const float *coordinates; // x, y, z of each vertex
	const uint32_t *indices;  // the vertex of each corner; NULL: corner c uses vertex c
	uint32_t vertices;
	uint32_t corners;         // a multiple of 3; corner c is part of triangle c / 3
	uint32_t *ids;            // the position of each vertex: the lowest vertex that it is welded to; NULL: vertex v has position v
} sc_mesh_s;

// Returns SC_E_INVALID if there are more than SC_MESH_MAX_COUNT vertices or corners, if the number of corners is not a multiple of 3,
// or if an index is out of range. `indices` NULL: corner c uses vertex c.
int sc_mesh_check(uint64_t vertices, const uint32_t *indices, uint64_t corners);

// Numbers the vertices that are used in the order of their first corner, replaces `indices` by these numbers, and writes the former
// number of each to `used`, which has room for
// the lower of `vertices` and `corners`. Returns the number of used vertices, or SC_E_INVALID if an index is out of
// range; `indices` is then unchanged.
SC_EXPORT int64_t sc_mesh_compact(uint32_t *indices, uint64_t corners, uint64_t vertices, uint32_t *used);

static inline uint32_t sc_vertex_of(const sc_mesh_s *mesh, uint32_t corner) {
	return mesh->indices != NULL ? mesh->indices[corner] : corner;
}

static inline uint32_t sc_position_of(const sc_mesh_s *mesh, uint32_t corner) {
	const uint32_t vertex = sc_vertex_of(mesh, corner);
	return mesh->ids != NULL ? mesh->ids[vertex] : vertex;
}

static inline uint32_t sc_next_corner(uint32_t corner) { return corner % 3 == 2 ? corner - 2 : corner + 1; }
static inline uint32_t sc_previous_corner(uint32_t corner) { return corner % 3 == 0 ? corner + 2 : corner - 1; }
