// Measures of streamlines, by which they are selected. Each loop takes 0.1 to 0.3 s for 170 million points.
#pragma once

#include "line_splat.h"

// Writes the length of each streamline, the sum of its segments; segments with a point that is not finite count as 0.
SC_EXPORT int sc_lines_lengths(const sc_lines_s *lines, float *out, uint64_t out_count);

// Writes the mean of the values of each streamline's points that are not NaN; NaN without any.
SC_EXPORT int sc_lines_means(const sc_lines_s *lines, const sc_values_s *values, double *out, uint64_t out_count);

// Writes 1 for each streamline with a point whose bit is set, otherwise 0.
SC_EXPORT int sc_lines_any(const sc_lines_s *lines, const uint32_t *bits, uint64_t bit_count, uint8_t *out, uint64_t out_count);

// Writes 1 for each streamline of which a point or a part of a segment is within a radius of the centre (x, y, z, radius), otherwise 0.
SC_EXPORT int sc_lines_in_sphere(const sc_lines_s *lines, const double *sphere, uint8_t *out, uint64_t out_count);

// The same for a box (the lowest x, y, z, and the highest).
SC_EXPORT int sc_lines_in_box(const sc_lines_s *lines, const double *box, uint8_t *out, uint64_t out_count);

// Clears the bit of each element whose value is NaN, below `low` or above `high`.
SC_EXPORT int sc_values_mark(const sc_values_s *values, double low, double high, uint32_t *bits, uint64_t bit_count);

// Clears the bit of each point whose coordinate along an axis is below `low` or above `high`.
SC_EXPORT int sc_lines_mark_slab(const sc_lines_s *lines, int axis, double low, double high, uint32_t *bits, uint64_t bit_count);
