// Vertex-to-corner adjacency of a triangle mesh: a list of the corners at each position, in increasing order.
#pragma once

#include "scenecast.h"

// Vertices with equal coordinates share one position: they are welded. Corner c is part of triangle c / 3.
typedef struct {
	const float *coordinates;  // x, y, z of each vertex
	const uint32_t *indices;   // the vertex of each corner; NULL: corner c uses vertex c
	uint32_t vertices;
	uint32_t corners;          // a multiple of 3
	uint32_t *ids;             // the position of each vertex; NULL: vertex v has position v
	uint32_t positions;
	uint32_t *first;           // corners of position p: list[first[p]] to list[first[p + 1] - 1]
	uint32_t *list;
} sc_adjacency_s;

// Checks the indices and builds the lists. `are_distinct`: no two vertices have equal coordinates. sc_adjacency_destroy must be called
// after a failed call too.
int sc_adjacency_init(sc_adjacency_s *mesh, const float *coordinates, uint64_t vertices, const uint32_t *indices,
	uint64_t corners, int are_distinct);

void sc_adjacency_destroy(sc_adjacency_s *mesh);

static inline uint32_t sc_vertex_of(const sc_adjacency_s *mesh, uint32_t corner) {
	return mesh->indices != NULL ? mesh->indices[corner] : corner;
}

static inline uint32_t sc_position_of(const sc_adjacency_s *mesh, uint32_t corner) {
	const uint32_t vertex = sc_vertex_of(mesh, corner);
	return mesh->ids != NULL ? mesh->ids[vertex] : vertex;
}

static inline uint32_t sc_next_corner(uint32_t corner) { return corner % 3 == 2 ? corner - 2 : corner + 1; }
static inline uint32_t sc_previous_corner(uint32_t corner) { return corner % 3 == 0 ? corner + 2 : corner - 1; }
