// Numbers as files store them: their types, and reading one as a double.
#pragma once

#include "scenecast.h"

// Types of numbers. Mirrored in src/native/numeric-array.ts and src/native/parse-rows.ts.
typedef enum {
	SC_NUMBER_INT8, SC_NUMBER_UINT8, SC_NUMBER_INT16, SC_NUMBER_UINT16,
	SC_NUMBER_INT32, SC_NUMBER_UINT32, SC_NUMBER_FLOAT32, SC_NUMBER_FLOAT64,
} sc_number_e;

// Number of types.
#define SC_NUMBER_TYPES 8

// Converts one number of an array. Always inline, so that a loop with a constant type has no branch.
static inline __attribute__((always_inline)) double sc_number_load(const void *values, int type, uint64_t index) {
	switch (type) {
	case SC_NUMBER_INT8: return ((const int8_t *)values)[index];
	case SC_NUMBER_UINT8: return ((const uint8_t *)values)[index];
	case SC_NUMBER_INT16: return ((const int16_t *)values)[index];
	case SC_NUMBER_UINT16: return ((const uint16_t *)values)[index];
	case SC_NUMBER_INT32: return ((const int32_t *)values)[index];
	case SC_NUMBER_UINT32: return ((const uint32_t *)values)[index];
	case SC_NUMBER_FLOAT32: return (double)((const float *)values)[index];
	default: return ((const double *)values)[index];
	}
}
