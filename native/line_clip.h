// Clipping of line segments: to the view, in homogeneous coordinates, and to planes in the coordinates of the streamlines.
#pragma once

#include "point_splat.h"

// Distance to the eye (w) below which segments are clipped, besides the near plane.
#define SC_CLIP_MIN_W 1e-6f

// Clips a segment in homogeneous coordinates to the part of `limits` (column, row and depth between 0 and the limit times w).
// @returns whether anything is left
int sc_clip_to_view(float a[4], float b[4], const float limits[3]);

// Cuts off the parts of a segment that are beyond planes. @returns whether anything is left
int sc_clip_to_planes(const sc_clip_s *clip, float a[3], float b[3]);

// Marks the points that are beyond a plane as not inside.
void sc_clip_mark(const sc_clip_s *clip, const float *positions, uint32_t count, uint8_t *inside);
