// Iteration over the faces of the cells of an unstructured grid.
#pragma once

#include "outer_faces.h"

// A face, by the place of its number of corners: in the table's entry of a type, or in the connectivity for a polyhedron.
typedef struct {
	uint32_t cell;
	uint32_t place;
} face_s;

// One face of a cell during iteration.
typedef struct {
	uint32_t place;
	uint32_t corners;
	const uint8_t *nodes;     // node numbers; NULL for a polyhedron
	const uint32_t *vertices; // of the cell, or of the face of a polyhedron
} view_s;

static inline uint32_t vertex_of(const view_s *view, uint32_t corner) {
	return view->nodes == NULL ? view->vertices[corner] : view->vertices[view->nodes[corner]];
}

static inline __attribute__((always_inline)) view_s view_face(const sc_cells_s *cells, uint64_t cell, uint32_t place) {
	const uint8_t type = cells->types[cell];
	if (type == SC_CELL_POLYHEDRON) {
		return (view_s){ place, cells->connectivity[place], NULL, cells->connectivity + place + 1 };
	}
	const uint8_t *entry = cells->table + SC_CELL_TYPE_BYTES * type;
	return (view_s){ place, entry[place], entry + place + 1, cells->connectivity + cells->offsets[cell] };
}

// Moves to the first face of a cell. Returns the number of its faces, which may be 0.
static inline __attribute__((always_inline)) uint32_t first_face(const sc_cells_s *cells, uint64_t cell, view_s *view) {
	const int is_polyhedron = cells->types[cell] == SC_CELL_POLYHEDRON;
	const uint32_t start = cells->offsets[cell];
	const uint32_t count = is_polyhedron ? cells->connectivity[start] : cells->table[SC_CELL_TYPE_BYTES * cells->types[cell]];
	*view = count > 0 ? view_face(cells, cell, is_polyhedron ? start + 1 : 1) : (view_s){ 0 };
	return count;
}

// Moves to the next face of a cell of whose faces `rest` remain, with this one. Returns how many remain then.
static inline uint32_t next_face(view_s *view, uint32_t rest) {
	if (rest == 1) {
		return 0;
	}
	const uint32_t corners = view->corners;
	view->place += 1 + corners;
	if (view->nodes == NULL) {
		view->corners = view->vertices[corners];
		view->vertices += corners + 1;
	} else {
		view->corners = view->nodes[corners];
		view->nodes += corners + 1;
	}
	return rest - 1;
}

static inline uint32_t smaller(uint32_t a, uint32_t b) {
	return a < b ? a : b;
}

static inline uint32_t lowest_vertex(const view_s *view) {
	if (view->nodes != NULL && view->corners == 3) {
		const uint32_t *vertices = view->vertices;
		return smaller(vertices[view->nodes[0]], smaller(vertices[view->nodes[1]], vertices[view->nodes[2]]));
	}
	uint32_t lowest = vertex_of(view, 0);
	for (uint32_t corner = 1; corner < view->corners; ++corner) {
		const uint32_t vertex = vertex_of(view, corner);
		lowest = smaller(vertex, lowest);
	}
	return lowest;
}
