// Simplification of a triangle mesh by vertex clustering (Rossignac and Borrel), in linear time, for the levels of detail of large
// meshes. It needs no neighbours and no manifold, and can be used on any triangles.
#pragma once

#include "scenecast.h"

// Writes at most `max_triangles` triangles of the same vertices, with the same winding, and returns their number. The vertices
// in each cell of a grid of cubes become one of them, the nearest to their mean; triangles with two corners in a cell disappear. Of
// triangles that are too large for this, such as random ones across the whole mesh, some are left out.
// `normals`, of the vertices, can be NULL; otherwise vertices with opposite normals in a cell, such as the two sides of a thin sheet,
// become two. Vertices that are not finite, and their triangles, are left out. `error`: maximum distance by which a
// vertex was moved. The result does not depend on the number of threads.
SC_EXPORT int64_t sc_mesh_cluster(const float *coordinates, uint64_t vertices, const float *normals, const uint32_t *indices,
	uint64_t corners, uint32_t *out, uint64_t max_triangles, double *error);
