// Ray casting of a volume on the CPU, for GL drivers that render in software: a picture with depth, which three.js draws as a rectangle,
// so that meshes and volumes hide each other. On two cores, llvmpipe needs seconds for the 3D texture of 512^3 voxels alone.
#pragma once

#include "volume_bricks.h"

#define SC_CAST_MAX_SIDE 16384
#define SC_CAST_COLORS 1024

// Depth of a pixel that shows nothing: beyond the far plane.
#define SC_CAST_EMPTY 2.0f

enum { SC_CAST_MAXIMUM, SC_CAST_LIT };

#define SC_CAST_MAX_PLANES 8

// Written by src/native/volume-bricks.ts as 87 doubles in this order.
typedef struct {
	double to_voxel[16];  // column-major: normalized device coordinates of the picture to voxel coordinates
	double to_clip[16];   // column-major: voxel to clip coordinates
	double to_world[9];   // column-major: voxel to world directions, for lengths
	double to_normal[9];  // column-major: gradients in voxels to normals in view coordinates
	double step;          // distance of two samples, world units
	double mode;          // SC_CAST_MAXIMUM or SC_CAST_LIT
	double is_linear;     // maximum: of interpolated samples, instead of all voxels on the ray
	double is_fine;       // gradients by central differences, instead of those within one voxel cell
	double plane_count;   // at most SC_CAST_MAX_PLANES
	// a, b, c, d in voxel coordinates: only places with a x + b y + c z + d >= 0 are shown.
	double planes[SC_CAST_MAX_PLANES][4];
} sc_cast_view_s;

_Static_assert(sizeof(sc_cast_view_s) == 87 * 8, "BrickCaster in src/native/volume-bricks.ts");

// Casts the rays of rows `begin` to `end` of a picture, bottom-up. `colors`: SC_CAST_COLORS entries of red, green, blue and the opacity
// of one step, 0 to 1, for values 0 to 255; opacity is not used for the maximum, where values of 0 are transparent. Writes premultiplied
// RGBA, and the depth, 0 (near) to 1 (far), of the maximum, or of the place where the ray's opacity passes one half, or half of what it
// reaches.
SC_EXPORT int sc_cast_rows(const uint8_t *voxels, uint64_t voxel_bytes, const uint32_t *shape, const uint8_t *maxima,
	const uint8_t *distances, uint64_t brick_count, const sc_cast_view_s *view, const float *colors, uint32_t width, uint32_t height,
	uint32_t begin, uint32_t end, uint8_t *color_out, float *depth_out, uint64_t pixel_count);
