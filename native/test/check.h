// For the test drivers: a check that prints its condition and ends the program if it fails.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)
