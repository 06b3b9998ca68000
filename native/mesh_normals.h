// Smooth vertex normals with hard edges at creases.
#pragma once

#include "mesh_fans.h"

// The vertices that have to be appended to a mesh for creases.
typedef struct {
	uint32_t appended;
	float *normals;    // of the appended vertices
	uint32_t *sources; // for each appended vertex, the vertex whose other attributes it copies
} sc_normals_s;

// The normal of a corner is the area-weighted mean of the normals of the faces at its position that are within the crease angle, 60
// degrees, of its own face; with more than 256 faces, it is the face normal. A vertex whose corners have different normals is
// duplicated: each further normal gets an appended vertex, and `indices`, the array of the mesh, is changed to refer to it.
//
// `normals`: receives three floats for each vertex. Marks the fans at creases. sc_normals_destroy must be called after a failed call too.
int sc_normals_init(sc_normals_s *result, sc_fans_s *fans, uint32_t *indices, float *normals);

void sc_normals_destroy(sc_normals_s *result);
