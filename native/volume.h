// Voxels of a volume as a file stores them, for the kernels of slices, statistics, isosurfaces and ray casting.
#pragma once

#include "number.h"

// One time step. `values` are interleaved: all components of the first voxel, then those of the second; i varies fastest, then j and k.
typedef struct {
	const void *values;
	int type;
	uint64_t dims[3];
	uint64_t components;
} sc_volume_s;

// Calls a function whose first argument is the type, once for each type as a constant, so that the compiler specializes it.
#define SC_VOLUME_DISPATCH(type, function, ...) do { \
		switch (type) { \
		case SC_NUMBER_INT8: function(SC_NUMBER_INT8, __VA_ARGS__); break; \
		case SC_NUMBER_UINT8: function(SC_NUMBER_UINT8, __VA_ARGS__); break; \
		case SC_NUMBER_INT16: function(SC_NUMBER_INT16, __VA_ARGS__); break; \
		case SC_NUMBER_UINT16: function(SC_NUMBER_UINT16, __VA_ARGS__); break; \
		case SC_NUMBER_INT32: function(SC_NUMBER_INT32, __VA_ARGS__); break; \
		case SC_NUMBER_UINT32: function(SC_NUMBER_UINT32, __VA_ARGS__); break; \
		case SC_NUMBER_FLOAT32: function(SC_NUMBER_FLOAT32, __VA_ARGS__); break; \
		default: function(SC_NUMBER_FLOAT64, __VA_ARGS__); break; \
		} \
	} while (0)

// Fills `volume` with the time step that begins at value number `first`. `shape`: dims and components, all at least 1. Fails if
// `value_count` values are too few.
int sc_volume_init(sc_volume_s *volume, const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first);

// Minimum, maximum and number of NaN of stored values. Infinities are no values, and are counted as NaN. Without a value, the minimum
// is above the maximum. Read by src/native/volume-kernels.ts.
typedef struct {
	double min;
	double max;
	double invalid;
} sc_volume_range_s;

SC_EXPORT int sc_volume_range(const void *values, uint64_t value_count, int32_t type, sc_volume_range_s *range);
