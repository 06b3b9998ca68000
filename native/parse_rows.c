#include "parse_rows.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

static uint16_t swap_2(uint16_t value) { return __builtin_bswap16(value); }
static uint32_t swap_4(uint32_t value) { return __builtin_bswap32(value); }
static uint64_t swap_8(uint64_t value) { return __builtin_bswap64(value); }

// Instantiates the loop for each type and byte order, so that it has no branches inside.
#define COPY(TYPE, BITS, SWAP) do { \
		for (uint64_t row = 0; row < rows; ++row) { \
			const uint8_t *source = from + row * row_bytes; \
			for (uint64_t i = 0; i < count; ++i) { \
				BITS bits; \
				memcpy(&bits, source + i * sizeof(bits), sizeof(bits)); \
				bits = SWAP(bits); \
				TYPE value; \
				memcpy(&value, &bits, sizeof(value)); \
				if (doubles) { \
					((double *)to)[row * stride + i] = (double)value - origin; \
				} else { \
					((float *)to)[row * stride + i] = (float)((double)value - origin); \
				} \
			} \
		} \
	} while (0)

#define COPY_EITHER(TYPE, BITS, SWAP) do { \
		if (big_endian) { \
			COPY(TYPE, BITS, SWAP); \
		} else { \
			COPY(TYPE, BITS, ); \
		} \
	} while (0)

static const uint8_t NUMBER_BYTES[] = { 1, 1, 2, 2, 4, 4, 4, 8 };

// Whether `rows` parts of `bytes` each, `step` bytes apart, end within `size`. Safe from overflow.
static bool fits(uint64_t rows, uint64_t step, uint64_t bytes, uint64_t size) {
	return rows == 0 || (bytes <= size && (rows == 1 || (step > 0 && (size - bytes) / step >= rows - 1)));
}

int sc_rows_read(const uint8_t *from, uint64_t from_size, uint64_t rows, uint64_t row_bytes, int type, int big_endian,
	uint64_t count, double origin, int doubles, void *to, uint64_t to_length, uint64_t stride) {
	if (type < 0 || type > SC_NUMBER_FLOAT64 || count > UINT32_MAX
		|| !fits(rows, row_bytes, count * NUMBER_BYTES[type], from_size) || !fits(rows, stride, count, to_length)) {
		return sc_fail(SC_E_INVALID, "%llu rows do not fit", (unsigned long long)rows);
	}
	if (type == SC_NUMBER_FLOAT32 && !big_endian && !doubles && origin == 0) {
		// Constant lengths for a point and an STL facet, for which the compiler replaces memcpy by a few moves.
		for (uint64_t row = 0; row < rows; ++row) {
			float *target = (float *)to + row * stride;
			const uint8_t *source = from + row * row_bytes;
			if (count == 3) {
				memcpy(target, source, 3 * sizeof(float));
			} else if (count == 9) {
				memcpy(target, source, 9 * sizeof(float));
			} else {
				memcpy(target, source, count * sizeof(float));
			}
		}
		return SC_OK;
	}
	switch ((sc_number_e)type) {
	case SC_NUMBER_INT8: COPY(int8_t, uint8_t, ); break;
	case SC_NUMBER_UINT8: COPY(uint8_t, uint8_t, ); break;
	case SC_NUMBER_INT16: COPY_EITHER(int16_t, uint16_t, swap_2); break;
	case SC_NUMBER_UINT16: COPY_EITHER(uint16_t, uint16_t, swap_2); break;
	case SC_NUMBER_INT32: COPY_EITHER(int32_t, uint32_t, swap_4); break;
	case SC_NUMBER_UINT32: COPY_EITHER(uint32_t, uint32_t, swap_4); break;
	case SC_NUMBER_FLOAT32: COPY_EITHER(float, uint32_t, swap_4); break;
	case SC_NUMBER_FLOAT64: COPY_EITHER(double, uint64_t, swap_8); break;
	}
	return SC_OK;
}

static uint32_t read_count(const uint8_t *from, int bytes, bool big_endian) {
	uint32_t count = 0;
	for (int i = 0; i < bytes; ++i) {
		count |= (uint32_t)from[i] << 8 * (big_endian ? bytes - 1 - i : i);
	}
	return count;
}

enum { TRIANGLE_BYTES = 3 * sizeof(uint32_t) };

static inline uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

// Inlined with constants for the common case, which takes half the time.
static inline __attribute__((always_inline)) uint64_t read_triangles(const uint8_t *from, uint64_t rows, uint64_t row_bytes, int count_bytes,
	bool big_endian, uint32_t *to, uint32_t *max) {
	uint32_t largest[3] = { *max, 0, 0 };
	uint64_t row = 0;
	for (; row < rows; ++row) {
		const uint8_t *source = from + row * row_bytes;
		if ((count_bytes == 1 ? source[0] : read_count(source, count_bytes, big_endian)) != 3) {
			break;
		}
		uint32_t corners[3];
		memcpy(corners, source + count_bytes, TRIANGLE_BYTES);
		for (int i = 0; i < 3; ++i) {
			corners[i] = big_endian ? swap_4(corners[i]) : corners[i];
			largest[i] = larger(largest[i], corners[i]);
		}
		memcpy(to + 3 * row, corners, TRIANGLE_BYTES);
	}
	*max = larger(largest[0], larger(largest[1], largest[2]));
	return row;
}

int sc_rows_read_triangles(const uint8_t *from, uint64_t from_size, uint64_t rows, uint64_t row_bytes, int count_bytes,
	int big_endian, uint32_t *to, uint64_t to_length, uint32_t *max) {
	if (rows > INT32_MAX || count_bytes < 1 || count_bytes > 4
		|| !fits(rows, row_bytes, (uint64_t)count_bytes + TRIANGLE_BYTES, from_size) || !fits(rows, 3, 3, to_length)) {
		return sc_fail(SC_E_INVALID, "%llu rows do not fit", (unsigned long long)rows);
	}
	if (row_bytes == 1 + TRIANGLE_BYTES && count_bytes == 1 && !big_endian) {
		return (int)read_triangles(from, rows, 1 + TRIANGLE_BYTES, 1, false, to, max);
	}
	return (int)read_triangles(from, rows, row_bytes, count_bytes, big_endian != 0, to, max);
}
