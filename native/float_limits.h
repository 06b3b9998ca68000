// Limits of floats.
#pragma once

static inline float sc_lesser(float a, float b) {
	return a < b ? a : b;
}

static inline float sc_greater(float a, float b) {
	return a > b ? a : b;
}

// NaN becomes the minimum.
static inline float sc_clamp(float value, float min, float max) {
	return value > min ? value < max ? value : max : min;
}
