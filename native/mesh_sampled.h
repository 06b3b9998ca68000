// Triangles of a large mesh that contain samples of one picture. A software driver processes all triangles at the same cost, also those
// that are smaller than a pixel and fall between its samples: two thirds of a mesh of 8 million triangles.
#pragma once

#include "scenecast.h"

// Projects vertices to the pixels of a picture.
//
// `matrix`: from coordinates to clip space, column by column. `out`: receives x and y of each vertex; x is NaN if they are not exact, as in
// front of the near plane.
SC_EXPORT int sc_mesh_project(const float *coordinates, uint64_t vertices, const double *matrix, uint32_t width, uint32_t height,
	float *out);

// Lists the triangles that contain sample positions of the picture, the pixel centres, in their order. The list is conservative: it includes
// all triangles at the near plane, and those that come within 1/64 of a pixel of a sample.
//
// `projected`: two floats for each vertex, of sc_mesh_project with the same size. `out`: receives three vertices for each triangle, and has
// room for `corners`. Returns the number of corners that were written.
SC_EXPORT int64_t sc_mesh_sampled(const float *projected, uint64_t vertices, const uint32_t *indices, uint64_t corners, uint32_t width,
	uint32_t height, uint32_t *out);
