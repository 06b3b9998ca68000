// Isosurface of a volume: marching cubes (Lorensen and Cline, 1987), on several threads. Each cut edge of the grid has one vertex, which
// its cells share. Ambiguous faces of cells separate the corners inside, in both cells of the face, so that the surface has no holes
// except at the edges of the volume.
#pragma once

#include "volume.h"

// Maximum number of triangles: an isosurface of noise has more triangles than the volume has voxels.
#define SC_ISO_MAX_TRIANGLES 50000000

typedef struct sc_iso sc_iso_s;

typedef struct {
	double to_world[12];  // row-major 3x4: voxel to world coordinates
	double to_normal[9];  // row-major 3x3: gradients in voxels to gradients in the world
	double level;         // stored value: voxels with this value or a higher one are inside
	double is_inverted;   // the outside is where values are higher
} sc_iso_grid_s;

_Static_assert(sizeof(sc_iso_grid_s) == 23 * 8, "isosurface in src/native/volume-iso.ts");

// Returns NULL, and the reason by sc_error_message, if there is not enough memory or there are too many triangles.
SC_EXPORT sc_iso_s *sc_iso_create(const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first,
	const sc_iso_grid_s *grid);
SC_EXPORT void sc_iso_destroy(sc_iso_s *iso);

SC_EXPORT uint64_t sc_iso_vertices(const sc_iso_s *iso);
SC_EXPORT uint64_t sc_iso_triangles(const sc_iso_s *iso);

// Writes x, y, z of the vertices and of their normals, which point outside, and three vertices of each triangle, counterclockwise from
// outside.
SC_EXPORT int sc_iso_copy(const sc_iso_s *iso, float *positions, float *normals, uint64_t vertices, uint32_t *indices,
	uint64_t triangles);
