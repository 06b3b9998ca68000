// Projection of points to pixels, shared by the parts of the line splatter.
#pragma once

#include "line_splat.h"

// Radius below which a tube is drawn as a line, px: a thinner one would have gaps between the centres of pixels.
#define SC_LINES_MIN_RADIUS 0.75f

// Rows of the matrix that give column, row, depth (0 to 1; each times w) and w, from a model-view-projection matrix in column-major
// order. `offset` is added to columns and rows.
static inline void sc_lines_matrix(const sc_splat_view_s *view, const double *projection, double offset, float out[4][4]) {
	const double scales[3] = { view->width / 2.0, view->height / 2.0, 0.5 };
	const double offsets[3] = { view->width / 2.0 + offset, view->height / 2.0 + offset, 0.5 };
	for (int column = 0; column < 4; ++column) {
		const double w = projection[4 * column + 3];
		for (int row = 0; row < 3; ++row) {
			out[row][column] = (float)(scales[row] * projection[4 * column + row] + offsets[row] * w);
		}
		out[3][column] = (float)w;
	}
}
