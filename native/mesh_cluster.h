// Simplification of a triangle mesh by vertex clustering (Rossignac and Borrel), in linear time, for the levels of detail (LOD) of
// large meshes. It needs no adjacency and no manifold mesh: any triangles can be simplified.
#pragma once

#include "scenecast.h"

// Writes at most `max_triangles` triangles of the same vertices, with the same winding, and returns their number. The vertices in each
// cell of a grid of cubes are merged into the vertex that is nearest to their mean; triangles with two corners in one cell disappear.
// Triangles that are large compared with the mesh do not disappear, so some of them are left out to stay within `max_triangles`.
// `normals`: of the vertices, or NULL. With normals, vertices with opposite normals in one cell, such as the two sides of a thin sheet,
// are merged into two. Vertices that are not finite, and their triangles, are left out. `error`: maximum distance by which a vertex
// was moved. The result does not depend on the number of threads.
SC_EXPORT int64_t sc_mesh_cluster(const float *coordinates, uint64_t vertices, const float *normals, const uint32_t *indices,
	uint64_t corners, uint32_t *out, uint64_t max_triangles, double *error);
