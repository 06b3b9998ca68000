// Point splatting on the CPU: draws point clouds. Software GL drivers need 0.5 to 1 µs per point of any size; this takes about 10 ns.
#pragma once

#include "scenecast.h"

#define SC_SPLAT_MAX_SIDE 32768
#define SC_SPLAT_MAX_POINT_SIZE 1024

// Depth of a pixel without a point. Pixels with a point have 0 (near) to 1 (far).
#define SC_SPLAT_EMPTY 2.0f

// Size of the image, whose rows are bottom-up, and of the points.
typedef struct {
	uint32_t width; // px
	uint32_t height;
	uint32_t point_size; // side of a point's square, px
} sc_splat_view_s;

_Static_assert(sizeof(sc_splat_view_s) == 12, "splat view in src/native/point-splat.ts");

#define SC_CLIP_MAX_PLANES 8

// Planes that cut off a part of what is drawn: a point is shown if a x + b y + c z + d >= 0 for all planes.
typedef struct {
	float planes[SC_CLIP_MAX_PLANES][4]; // a, b, c, d, in the coordinates of the points
	uint32_t count; // at most SC_CLIP_MAX_PLANES
} sc_clip_s;

_Static_assert(sizeof(sc_clip_s) == 132, "clip planes in src/native/clip-planes.ts");

// Number of 64-bit cells of a view: one for each pixel that can be the lower left corner of a point's square. 0 for an invalid view.
SC_EXPORT uint64_t sc_splat_cells(const sc_splat_view_s *view);

// Clears the cells.
SC_EXPORT int sc_splat_clear(const sc_splat_view_s *view, uint64_t *cells, uint64_t cell_count);

// Adds a sample of points `begin` to `end` of `coordinates` to the cells: one of each `stride` successive points, chosen
// pseudorandomly, so that the rows of a scan make no pattern. Points that are not finite, or outside of the near and far planes, are
// omitted. A cell keeps the nearest point, and the first of equally near ones, so that the result does not depend on the order of
// calls or on the number of threads.
//
// `matrix`: model-view-projection, 16 doubles in column-major order, as in OpenGL. `clip`: NULL for no planes.
SC_EXPORT int sc_splat_add(const sc_splat_view_s *view, uint64_t *cells, uint64_t cell_count, const float *coordinates,
	uint64_t points, uint64_t begin, uint64_t end, uint32_t stride, const double *matrix, const sc_clip_s *clip);

// Expands the points of the cells to squares, and writes the depth of each pixel, and its color unless `colors`, the RGBA of all
// `points`, is NULL.
SC_EXPORT int sc_splat_resolve(const sc_splat_view_s *view, const uint64_t *cells, uint64_t cell_count, float *depth_out,
	const uint32_t *colors, uint64_t points, uint32_t *color_out, uint64_t pixel_count);

// Converts linear red, green and blue, 0 to 1, to opaque sRGB with 8 bits, red in the lowest.
SC_EXPORT int sc_splat_pack_colors(const float *linear, uint64_t points, uint32_t *out, uint64_t out_count);
