// Emission and absorption along a ray, with shading by the gradient.
#pragma once

#include "cast_ray.h"

void sc_cast_lit(const cast_s *cast, const ray_s *ray, hit_s *hit);
