#include "splat_cells.h"

#include <string.h>

#include "error.h"
#include "parallel.h"

// Rows per range of a parallel loop. Each range also filters `point_size` - 1 rows of the next one.
#define MIN_ROWS 32

uint64_t sc_splat_cells(const sc_splat_view_s *view) {
	const uint32_t size = view->point_size;
	if (view->width == 0 || view->width > SC_SPLAT_MAX_SIDE || view->height == 0 || view->height > SC_SPLAT_MAX_SIDE
		|| size == 0 || size > SC_SPLAT_MAX_POINT_SIZE) {
		return 0;
	}
	return ((uint64_t)view->width + size - 1) * ((uint64_t)view->height + size - 1);
}

int sc_cells_check(const sc_splat_view_s *view, uint64_t cell_count) {
	const uint64_t cells = sc_splat_cells(view);
	if (cells == 0) {
		return sc_fail(SC_E_INVALID, "points of %u px cannot be drawn at %ux%u", view->point_size, view->width, view->height);
	}
	return cell_count >= cells ? SC_OK : sc_fail(SC_E_TOO_SMALL, "%llu cells are too few", (unsigned long long)cell_count);
}

static void clear_range(void *context, uint64_t begin, uint64_t end) {
	uint64_t *cells = context;
	for (uint64_t cell = begin; cell < end; ++cell) {
		cells[cell] = SC_EMPTY_CELL;
	}
}

int sc_splat_clear(const sc_splat_view_s *view, uint64_t *cells, uint64_t cell_count) {
	if (sc_cells_check(view, cell_count) < 0) {
		return sc_error_code();
	}
	sc_parallel_for(sc_splat_cells(view), 1 << 18, clear_range, cells);
	return SC_OK;
}

// Replaces each of `count` cells by the smaller of itself and the corresponding cell of `beyond`.
static void filter_pair(double *cells, const double *beyond, uint64_t count) {
	uint64_t cell = 0;
	for (; cell + 2 <= count; cell += 2) {
		_mm_storeu_pd(&cells[cell], _mm_min_pd(_mm_loadu_pd(&cells[cell]), _mm_loadu_pd(&beyond[cell])));
	}
	for (; cell < count; ++cell) {
		cells[cell] = cells[cell] < beyond[cell] ? cells[cell] : beyond[cell];
	}
}

// Sliding-window minimum: calls filter_pair until each cell is the minimum of `size` cells that are `step` apart. Only the first
// `count` results are valid.
static void filter_minimum(double *cells, uint64_t count, uint64_t step, uint32_t size) {
	uint32_t covered = 1;
	while (covered < size) {
		const uint32_t distance = 2 * covered <= size ? covered : size - covered;
		// Number of cells beyond `count` that later passes need.
		const uint32_t more = size - covered - distance;
		filter_pair(cells, cells + distance * step, count + more * step);
		covered += distance;
	}
}

void sc_cells_expand(const sc_splat_view_s *view, const uint64_t *cells, uint64_t begin, uint64_t end, double *band) {
	const uint64_t columns = (uint64_t)view->width + view->point_size - 1;
	const uint64_t rows = end - begin + view->point_size - 1;
	memcpy(band, &cells[begin * columns], rows * columns * sizeof(*band));
	for (uint64_t row = 0; row < rows; ++row) {
		filter_minimum(&band[row * columns], view->width, 1, view->point_size);
	}
	filter_minimum(band, (end - begin) * columns, columns, view->point_size);
}

uint64_t sc_cells_grain(const sc_splat_view_s *view) {
	return view->point_size > MIN_ROWS ? view->point_size : MIN_ROWS;
}
