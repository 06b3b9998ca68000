// Values of streamlines: arrays of any type.
#pragma once

#include <math.h>

#include "line_splat.h"

static inline double sc_component(const sc_values_s *values, uint64_t index) {
	switch (values->type) {
		case SC_VALUES_I8: return ((const int8_t *)values->values)[index];
		case SC_VALUES_U8: return ((const uint8_t *)values->values)[index];
		case SC_VALUES_I16: return ((const int16_t *)values->values)[index];
		case SC_VALUES_U16: return ((const uint16_t *)values->values)[index];
		case SC_VALUES_I32: return ((const int32_t *)values->values)[index];
		case SC_VALUES_U32: return ((const uint32_t *)values->values)[index];
		case SC_VALUES_F32: return (double)((const float *)values->values)[index];
		default: return ((const double *)values->values)[index];
	}
}

// The component of an element, or its magnitude.
static inline double sc_value(const sc_values_s *values, uint64_t element) {
	const uint64_t first = element * values->components;
	if (values->component >= 0) {
		return sc_component(values, first + (uint64_t)values->component);
	}
	double sum = 0;
	for (uint32_t i = 0; i < values->components; ++i) {
		const double component = sc_component(values, first + i);
		sum += component * component;
	}
	return sqrt(sum);
}

// Whether the values are a valid array of `count` elements.
static inline int sc_values_are_valid(const sc_values_s *values, uint64_t count) {
	return values->values != NULL && values->count >= count && values->type >= SC_VALUES_I8 && values->type <= SC_VALUES_F64
		&& values->components > 0 && values->component >= -1 && values->component < (int32_t)values->components;
}
