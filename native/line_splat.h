// Line splatting on the CPU: draws streamlines as lines or lit tubes. Software GL drivers need 0.5 µs per line segment and a copy of all
// points; this takes 10 to 50 ns and no copy. A pixel keeps only its depth and its segment: color and light are computed once per
// pixel, from the arrays of the streamlines.
#pragma once

#include "point_splat.h"

// Side of the table of brightness.
#define SC_LINES_LIGHT_SIDE 64

// Streamlines; the arrays are not copied.
typedef struct {
	const float *positions; // x, y, z of each point
	const uint32_t *offsets; // first point of each streamline, and the number of points: `lines` + 1 elements
	const uint32_t *order; // streamlines to draw, in this order
	const uint32_t *visible; // a bit per point, the lowest bit first: segments with an invisible point are omitted. NULL: all are visible
	uint64_t points;
	uint64_t lines;
	uint64_t order_count;
} sc_lines_s;

// View of lines. Matrices are column-major, as in OpenGL.
typedef struct {
	double projection[16]; // model-view-projection
	double model_view[16];
	// Radius of tubes at a distance of w = 1, px; 0: lines of `point_size` px.
	double radius;
	// Difference of depth (0 to 1) between the axis of a tube and its point nearest to the eye, at w = 1; negative.
	double relief;
	int32_t is_orthographic;
	int32_t padding;
} sc_lines_view_s;

// Source of colors.
enum {
	SC_LINES_FIXED = 0, // `fixed`
	SC_LINES_DIRECTION = 1, // |x|, |y|, |z| of the tangent, in the coordinates of the streamlines, as red, green and blue
	SC_LINES_PER_LINE = 2, // `table`: a color per streamline
	SC_LINES_PER_POINT = 3, // `values` of the points, interpolated, by `table`: 256 colors
	SC_LINES_PER_POINT_NEAREST = 4, // the same, not interpolated, for labels
};

// An array of values with one or several components per element.
typedef struct {
	const void *values;
	uint64_t count; // number of elements
	int32_t type; // of sc_number_e
	uint32_t components;
	int32_t component; // -1: magnitude
	int32_t padding;
} sc_values_s;

// Colors are sRGB with 8 bits and alpha, red in the lowest.
typedef struct {
	const uint32_t *table;
	uint64_t table_count;
	// Square table of the brightness of a normal in view coordinates, whose x and y from -1 to 1 are column and row. 1: full color.
	const float *brightness;
	sc_values_s values;
	double min; // value of the first color
	double max;
	int32_t source;
	uint32_t fixed;
} sc_lines_style_s;

_Static_assert(sizeof(sc_lines_s) == 56, "lines in src/native/line-splat.ts");
_Static_assert(sizeof(sc_lines_view_s) == 280, "lines view in src/native/line-splat.ts");
_Static_assert(sizeof(sc_values_s) == 32, "values in src/native/line-splat.ts");
_Static_assert(sizeof(sc_lines_style_s) == 80, "lines style in src/native/line-splat.ts");

// Adds the streamlines `begin` to `end` of the order to the cells of sc_splat_cells, which sc_splat_clear clears; a cell gets the number
// of the point at which a segment starts. Segments with a point that is not finite are omitted; those that cross the border of the view
// or the near or far plane or one of `clip`, which may be NULL, are clipped. The result does not depend on the order of calls or on the
// number of threads.
SC_EXPORT int sc_lines_add(const sc_splat_view_s *view, uint64_t *cells, uint64_t cell_count, const sc_lines_s *lines, uint64_t begin,
	uint64_t end, const sc_lines_view_s *view3d, const sc_clip_s *clip);

// Writes depth and color of each pixel. A pixel without a line has the depth SC_SPLAT_EMPTY, and its color is not written.
SC_EXPORT int sc_lines_resolve(const sc_splat_view_s *view, const uint64_t *cells, uint64_t cell_count, const sc_lines_s *lines,
	const sc_lines_view_s *view3d, const sc_lines_style_s *style, float *depth_out, uint32_t *color_out, uint64_t pixel_count);
