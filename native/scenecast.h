// What every module shares: the export mark, the error codes and the assert for programmer errors.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SC_EXPORT __attribute__((visibility("default")))

// Run-time errors. The caller looks at the code; sc_error_message() has the sentence. Mirrored in src/native/symbols.ts.
enum {
	SC_OK = 0,
	SC_E_INVALID = -1,   // an argument is out of range
	SC_E_SYSTEM = -2,    // a system call failed; sc_error_errno() says how
	SC_E_TOO_SMALL = -3, // a segment or a buffer holds less than asked for
	SC_E_CORRUPT = -4,   // the data is not what it should be
	SC_E_MISSING = -5,   // a library or a symbol of it is not there
	SC_E_FULL = -6,      // all job slots are taken
	SC_E_CHANGED = -7,   // the frame was rewritten while it was copied
};

// For what only a bug can cause.
#define SC_ASSERT(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "scenecast native: %s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)
