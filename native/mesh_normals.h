// Smooth vertex normals with hard edges at creases.
#pragma once

#include "mesh_adjacency.h"

// The normals of a mesh, and the vertices that have to be appended for creases.
typedef struct {
	float *normals;    // of the vertices, then of the appended ones
	uint32_t *sources; // for each appended vertex, the vertex whose other attributes it copies
	uint32_t appended;
} sc_normals_s;

// The normal of a corner is the area-weighted mean of the normals of the faces at its position that are within the crease angle, 60
// degrees, of its own face; with more than 256 faces, it is the face normal. A vertex whose corners have different normals is
// duplicated: each further normal gets an appended vertex, and `indices`, the array of the mesh, is changed to refer to it.
// sc_normals_destroy must be called after a failed call too.
int sc_normals_init(sc_normals_s *result, const sc_adjacency_s *mesh, uint32_t *indices);

void sc_normals_destroy(sc_normals_s *result);
