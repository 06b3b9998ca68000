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

// Moves to the next face of the cell, which must exist.
static inline void advance(view_s *view) {
	const uint32_t corners = view->corners;
	view->place += 1 + corners;
	if (view->nodes == NULL) {
		view->corners = view->vertices[corners];
		view->vertices += corners + 1;
	} else {
		view->corners = view->nodes[corners];
		view->nodes += corners + 1;
	}
}

static inline uint32_t faces_of(const sc_cells_s *cells, uint64_t cell) {
	const uint8_t type = cells->types[cell];
	return type == SC_CELL_POLYHEDRON ? cells->connectivity[cells->offsets[cell]] : cells->table[SC_CELL_TYPE_BYTES * type];
}

// Place of the first face; that of the next one follows its corners.
static inline uint32_t first_place(const sc_cells_s *cells, uint64_t cell) {
	return cells->types[cell] == SC_CELL_POLYHEDRON ? cells->offsets[cell] + 1 : 1;
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
