// Shared by every module: the export attribute, the error codes and the assertion for programming errors.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SC_EXPORT __attribute__((visibility("default")))

// Run-time errors, returned as negative codes; sc_error_message() describes them. Mirrored in src/native/symbols.ts.
enum {
	SC_OK = 0,
	SC_E_INVALID = -1,   // an argument is out of range
	SC_E_SYSTEM = -2,    // a system call failed; see sc_error_errno()
	SC_E_TOO_SMALL = -3, // a segment or a buffer is smaller than required
	SC_E_CORRUPT = -4,   // the data is not valid
	SC_E_MISSING = -5,   // a library or one of its symbols was not found
	SC_E_FULL = -6,      // all job slots are in use
	SC_E_CHANGED = -7,   // the frame was rewritten while it was copied
};

// For conditions that only a bug can violate.
#define SC_ASSERT(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "scenecast native: %s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)
