// Parser of binary rows of fixed size, as in PLY and STL: it copies one property of many rows to one component of an array. The caller
// passes rows in blocks that fit into the processor's cache, so that reading a block once per property costs little.
#pragma once

#include "number.h"

// Copies `count` consecutive numbers of each row, minus `origin`, to an array of float, or of double if `doubles` is set.
//
// `from`: the first number of the first row; `from_size`: bytes up to the end of the block.
// `to`: the element for the first number; `to_length`: elements up to the end of the array; `stride`: elements from one row to the next.
SC_EXPORT int sc_rows_read(const uint8_t *from, uint64_t from_size, uint64_t rows, uint64_t row_bytes, int type, int big_endian,
	uint64_t count, double origin, int doubles, void *to, uint64_t to_length, uint64_t stride);

// Copies the vertex indices of rows that contain one list of three 32-bit integers, up to the first row whose list has another length.
// `from` is the list's length, an unsigned integer of `count_bytes`. `max` is raised to the largest index, as an unsigned integer.
// Returns the number of rows copied.
SC_EXPORT int sc_rows_read_triangles(const uint8_t *from, uint64_t from_size, uint64_t rows, uint64_t row_bytes, int count_bytes,
	int big_endian, uint32_t *to, uint64_t to_length, uint32_t *max);
