// For the test drivers: a check that names itself and ends the program.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)
