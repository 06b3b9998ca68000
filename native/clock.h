// The monotonic clock.
#pragma once

#include <stdint.h>
#include <time.h>

#define SC_NS_PER_SECOND 1000000000L

static inline int64_t sc_now_ns(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * SC_NS_PER_SECOND + time.tv_nsec;
}
