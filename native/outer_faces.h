// Outer faces of volume cells: the faces that belong to exactly one cell of an unstructured grid.
#pragma once

#include "scenecast.h"

// Cell type of a polyhedron, whose list in the connectivity has its faces: their number, then the number of corners and the corners of each.
#define SC_CELL_POLYHEDRON 42

// Bytes per cell type in the table of faces: the number of faces, then the number of corners and the corners of each, as node numbers.
#define SC_CELL_TYPE_BYTES 64

typedef struct {
	const uint32_t *connectivity;
	uint64_t connectivity_length;
	// Start of each cell in `connectivity`, and its end as the last element.
	const uint32_t *offsets;
	const uint8_t *types;
	uint64_t cells;
	uint64_t points;
	const uint8_t *table; // SC_CELL_TYPE_BYTES for each of the 256 types; 0 faces for those without volume
} sc_cells_s;

typedef struct sc_outer_faces_s sc_outer_faces_s;

// Finds the outer faces in linear time, on several threads. Cells that refer to missing points are left out. NULL on error.
SC_EXPORT sc_outer_faces_s *sc_outer_faces_create(const uint32_t *connectivity, uint64_t connectivity_length, const uint32_t *offsets,
	const uint8_t *types, uint64_t cells, uint64_t points, const uint8_t *table);

SC_EXPORT uint64_t sc_outer_faces_count(const sc_outer_faces_s *faces);

// Number of cells that were left out because they refer to missing points, or have a damaged list.
SC_EXPORT uint64_t sc_outer_faces_invalid_cells(const sc_outer_faces_s *faces);

// Writes the cell of each face, in no certain order, and the number of the face in the cell, or for a polyhedron the place of its number of
// corners in the connectivity. `count` is sc_outer_faces_count(). The order does not depend on the number of threads.
SC_EXPORT int sc_outer_faces_copy(const sc_outer_faces_s *faces, uint32_t *cells, uint32_t *numbers, uint64_t count);

SC_EXPORT void sc_outer_faces_destroy(sc_outer_faces_s *faces);
