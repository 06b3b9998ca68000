// For the test drivers: pseudorandom numbers (a linear congruential generator), the same in each run.
#pragma once

#include <math.h>
#include <stdint.h>

static uint32_t random_state = 1;

static inline uint32_t random_below(uint32_t limit) {
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

static inline double random_between(double min, double max) {
	return min + (max - min) * random_below(1 << 20) / (1 << 20);
}

// A coordinate that is not finite, not normal, huge, or zero with either sign.
static inline float wild_coordinate(void) {
	const float wild[] = { 0, -0.0f, NAN, -NAN, INFINITY, -INFINITY, 1e-40f, 3e38f };
	return wild[random_below(8)];
}
