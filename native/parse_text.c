#define _GNU_SOURCE
#include "parse_text.h"

#include <string.h>

#include "error.h"
#include "parse_number.h"

#define FACET_VALUES 9
// Maximum integer; larger ones are left to the slow path.
#define MAX_INDEX_DIGITS 9

// Skips white space and line ends, and counts the lines. Returns NULL at the end of the text.
static const uint8_t *skip_space(const uint8_t *text, const uint8_t *end, uint64_t *lines) {
	for (; text < end && *text <= ' '; ++text) {
		*lines += *text == '\n' || (*text == '\r' && (text + 1 == end || text[1] != '\n')) ? 1 : 0;
	}
	return text < end ? text : NULL;
}

// Skips white space and a keyword in any letter case; `word` is in lower case. Returns NULL for another word. The text ends in white
// space.
static const uint8_t *skip_word(const uint8_t *text, const uint8_t *end, const char *word, uint64_t *lines) {
	text = skip_space(text, end, lines);
	if (text == NULL) {
		return NULL;
	}
	for (; *word != '\0'; ++word, ++text) {
		if ((*text | 32) != (uint8_t)*word) {
			return NULL;
		}
	}
	return *text <= ' ' ? text : NULL;
}

static const uint8_t *parse_point(const uint8_t *text, const uint8_t *end, double *values, uint64_t *lines) {
	for (int axis = 0; text != NULL && axis < 3; ++axis) {
		text = skip_space(text, end, lines);
		text = text == NULL ? NULL : sc_parse_number(text, &values[axis]);
	}
	return text;
}

static const uint8_t *parse_facet(const uint8_t *text, const uint8_t *end, double *values, uint64_t *lines) {
	static const char *const BEFORE[] = { "facet", "normal" };
	static const char *const LOOP[] = { "outer", "loop" };
	static const char *const AFTER[] = { "endloop", "endfacet" };
	double normal[3];
	for (int i = 0; text != NULL && i < 2; ++i) {
		text = skip_word(text, end, BEFORE[i], lines);
	}
	text = text == NULL ? NULL : parse_point(text, end, normal, lines);
	for (int i = 0; text != NULL && i < 2; ++i) {
		text = skip_word(text, end, LOOP[i], lines);
	}
	for (int vertex = 0; text != NULL && vertex < 3; ++vertex) {
		text = skip_word(text, end, "vertex", lines);
		text = text == NULL ? NULL : parse_point(text, end, values + 3 * vertex, lines);
	}
	for (int i = 0; text != NULL && i < 2; ++i) {
		text = skip_word(text, end, AFTER[i], lines);
	}
	return text;
}

// Returns the end of the last complete line.
static const uint8_t *last_line_end(const uint8_t *text, uint64_t size) {
	const uint8_t *const newline = memrchr(text, '\n', size);
	return newline == NULL ? text : newline + 1;
}

int sc_stl_parse(const uint8_t *text, uint64_t size, const double *origin, int doubles, void *to, uint64_t to_length,
	sc_text_parsed_s *parsed) {
	const uint8_t *const end = last_line_end(text, size);
	const uint8_t *next = text;
	*parsed = (sc_text_parsed_s){ 0, 0, 0 };
	while (to_length - FACET_VALUES * parsed->count >= FACET_VALUES) {
		double values[FACET_VALUES];
		uint64_t lines = 0;
		const uint8_t *const after = parse_facet(next, end, values, &lines);
		if (after == NULL) {
			break;
		}
		for (int i = 0; i < FACET_VALUES; ++i) {
			const uint64_t index = FACET_VALUES * parsed->count + (uint64_t)i;
			if (doubles) {
				((double *)to)[index] = values[i];
			} else {
				((float *)to)[index] = (float)(values[i] - origin[i % 3]);
			}
		}
		next = after;
		parsed->lines += lines;
		++parsed->count;
	}
	parsed->bytes = (uint64_t)(next - text);
	return SC_OK;
}

// Parses a short integer that white space follows. Returns NULL for another word.
static const uint8_t *parse_integer(const uint8_t *text, uint32_t *value) {
	const uint8_t *const first = text;
	uint8_t digit;
	*value = 0;
	while ((digit = (uint8_t)(*text - '0')) <= 9) {
		*value = 10 * *value + digit;
		++text;
	}
	return text == first || text - first > MAX_INDEX_DIGITS || *text > ' ' ? NULL : text;
}

static const uint8_t *parse_property(const uint8_t *text, const sc_text_property_s *property, uint64_t row, uint32_t *max) {
	uint8_t *const address = (uint8_t *)(uintptr_t)property->address;
	const uint64_t index = row * property->stride;
	text = sc_skip_blanks(text);
	if (property->kind == SC_TEXT_TRIANGLE) {
		uint32_t length;
		text = parse_integer(text, &length);
		if (text == NULL || length != 3) {
			return NULL;
		}
		for (uint64_t i = 0; i < 3; ++i) {
			uint32_t vertex;
			text = parse_integer(sc_skip_blanks(text), &vertex);
			if (text == NULL) {
				return NULL;
			}
			*max = vertex > *max ? vertex : *max;
			((uint32_t *)(void *)address)[index + i] = vertex;
		}
		return text;
	}
	double value;
	text = sc_parse_number(text, &value);
	if (text == NULL) {
		return NULL;
	}
	if (property->kind == SC_TEXT_FLOAT) {
		((float *)(void *)address)[index] = (float)(value - property->origin);
	} else if (property->kind == SC_TEXT_DOUBLE) {
		((double *)(void *)address)[index] = value - property->origin;
	}
	return text;
}

// Skips the words after a row on its line. Returns NULL if the line has a lone CR.
static const uint8_t *skip_rest(const uint8_t *text, const uint8_t *end) {
	text = sc_skip_blanks(text);
	if (sc_at_line_end(text)) {
		return sc_next_line(text);
	}
	const uint8_t *const newline = memchr(text, '\n', (size_t)(end - text));
	const uint8_t *const cr = memchr(text, '\r', (size_t)(newline - text));
	return cr == NULL || cr + 1 == newline ? newline + 1 : NULL;
}

int sc_ply_parse(const uint8_t *text, uint64_t size, uint64_t rows, const sc_text_property_s *properties, uint64_t properties_count,
	uint32_t *max, sc_text_parsed_s *parsed) {
	for (uint64_t i = 0; i < properties_count; ++i) {
		if (properties[i].kind != SC_TEXT_SKIP && properties[i].rows < rows) {
			return sc_fail(SC_E_INVALID, "%llu rows do not fit", (unsigned long long)rows);
		}
	}
	const uint8_t *const end = last_line_end(text, size);
	const uint8_t *line = text;
	*parsed = (sc_text_parsed_s){ 0, 0, 0 };
	while (line < end && parsed->count < rows) {
		const uint8_t *next = sc_skip_blanks(line);
		const bool is_empty = sc_at_line_end(next);
		for (uint64_t i = 0; next != NULL && !is_empty && i < properties_count; ++i) {
			next = parse_property(next, &properties[i], parsed->count, max);
		}
		next = next == NULL ? NULL : skip_rest(next, end);
		if (next == NULL) {
			break;
		}
		line = next;
		++parsed->lines;
		parsed->count += is_empty ? 0 : 1;
	}
	parsed->bytes = (uint64_t)(line - text);
	return SC_OK;
}
