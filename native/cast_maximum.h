// Maximum intensity projection of a ray.
#pragma once

#include "cast_ray.h"

// The maximum of interpolated samples.
void sc_cast_maximum_linear(const cast_s *cast, const ray_s *ray, hit_s *hit);

// The maximum of all voxels that the ray crosses. Voxels reach half a voxel around their centre.
void sc_cast_maximum(const cast_s *cast, const ray_s *ray, hit_s *hit);
