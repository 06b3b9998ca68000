// Values of a volume along streamlines.
#pragma once

#include "line_splat.h"

// A regular grid: voxel i, j, k is element i + nx * (j + ny * k) of the values.
typedef struct {
	sc_values_s values;
	// Row-major 3x4 matrix from the coordinates of the streamlines to voxels; the centre of the first voxel is 0, 0, 0.
	double to_voxel[12];
	// A value is slope * stored + intercept.
	double slope;
	double intercept;
	uint32_t dims[4]; // the last one is unused
} sc_grid_s;

_Static_assert(sizeof(sc_grid_s) == 160, "grid in src/native/line-sample.ts");

// Writes the value of the volume at each point, by trilinear interpolation; NaN outside of the voxels.
SC_EXPORT int sc_lines_sample(const sc_lines_s *lines, const sc_grid_s *grid, float *out, uint64_t out_count);

// Writes 1 for each streamline that has a point in a voxel whose value is not 0, otherwise 0. `ends`: its first and its last point
// must be in such voxels.
SC_EXPORT int sc_lines_in_mask(const sc_lines_s *lines, const sc_grid_s *grid, int ends, uint8_t *out, uint64_t out_count);
