// Drawing of projected line segments into the cells of the splatter, as lines or as tubes.
#pragma once

#include "point_splat.h"

// The cells, and the tubes in them.
typedef struct {
	uint64_t *cells;
	// Number of cells in a row and in a column.
	uint32_t columns;
	uint32_t rows;
	// As in sc_lines_view_s.
	float radius;
	float relief;
} sc_line_target_s;

// A point in the cells.
typedef struct {
	float x; // column
	float y; // row
	float z; // depth, 0 to 1
	float w;
} sc_cell_point_s;

// Draws the cells of a segment, without the first one unless `has_first`. Both ends must be inside. `point`: its number.
void sc_line_draw(const sc_line_target_s *target, const sc_cell_point_s *a, const sc_cell_point_s *b, uint32_t point, int has_first);

// Draws a tube of a segment: a capsule in the image, whose depth is that of a round tube. Its ends may be outside.
void sc_tube_draw(const sc_line_target_s *target, const sc_cell_point_s *a, const sc_cell_point_s *b, uint32_t point);
