// Resamples a volume in a plane. Only the shown slice becomes a texture: a 3D texture of 512^3 int16 would need 268 MB more, and
// software drivers take seconds to upload it.
#pragma once

#include "volume.h"

// Marks texels without a value: outside of the volume, or NaN. Mirrored in src/actors/volume/slice-material.ts.
#define SC_SLICE_EMPTY (-3e38f)

// Texel (s, t) shows the voxel coordinates origin + s * along_s + t * along_t, where integers are voxel centres, as
// scale * stored value + offset.
typedef struct {
	double origin[3];
	double along_s[3];
	double along_t[3];
	double scale;
	double offset;
} sc_slice_plane_s;

_Static_assert(sizeof(sc_slice_plane_s) == 88, "planes in src/native/volume-kernels.ts");

// `is_linear`: trilinear interpolation, without the corners that are NaN, instead of the nearest voxel. A texel is empty where its
// nearest voxel is. Writes all components of each texel, row by row. Three components have the stride of four: drivers have no textures of
// three float32.
SC_EXPORT int sc_volume_slice(const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first,
	const sc_slice_plane_s *plane, int32_t is_linear, uint32_t width, uint32_t height, float *out, uint64_t out_count);
