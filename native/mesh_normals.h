// Vertex normals with creases.
#pragma once

#include "mesh_adjacency.h"

// Writes three of each vertex; the other members are for the vertices that have to be appended.
typedef struct {
	float *normals;    // of the vertices, then of the appended ones
	uint32_t *sources; // for each appended vertex, the one whose other attributes it has
	uint32_t appended;
} sc_normals_s;

// The normal of a corner is the area-weighted mean of the faces at its position that are within 60 degrees of its own face; with
// more than 256 faces, it is that of its own face. Vertices whose corners have different normals are appended once for each further
// normal, and `indices`, the array of the mesh, then refers to these. sc_normals_destroy also frees what a failed call has left.
int sc_normals_init(sc_normals_s *result, const sc_adjacency_s *mesh, uint32_t *indices);

void sc_normals_destroy(sc_normals_s *result);
