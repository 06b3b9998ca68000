// Values of streamlines: arrays of any type.
#pragma once

#include <math.h>

#include "line_splat.h"
#include "number.h"

// The component of an element, or its magnitude.
static inline double sc_value(const sc_values_s *values, uint64_t element) {
	const uint64_t first = element * values->components;
	if (values->component >= 0) {
		return sc_number_load(values->values, values->type, first + (uint64_t)values->component);
	}
	double sum = 0;
	for (uint32_t i = 0; i < values->components; ++i) {
		const double component = sc_number_load(values->values, values->type, first + i);
		sum += component * component;
	}
	return sqrt(sum);
}

// Whether the values are a valid array of `count` elements.
static inline int sc_values_are_valid(const sc_values_s *values, uint64_t count) {
	return values->values != NULL && values->count >= count && values->type >= SC_NUMBER_INT8 && values->type <= SC_NUMBER_FLOAT64
		&& values->components > 0 && values->component >= -1 && values->component < (int32_t)values->components;
}
