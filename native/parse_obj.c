#define _GNU_SOURCE
#include "parse_obj.h"

#include <stdbool.h>
#include <string.h>

#include "parse_number.h"

// Maximum index; larger ones are left to the slow path, which rejects them.
#define MAX_INDEX_DIGITS 9

static void *address_of(const sc_obj_array_s *array) { return (void *)(uintptr_t)array->address; }
static float *float_end(const sc_obj_array_s *array) { return (float *)address_of(array) + array->length; }
static int32_t *int_end(const sc_obj_array_s *array) { return (int32_t *)address_of(array) + array->length; }
static bool has_room(const sc_obj_array_s *array, uint64_t count) { return array->capacity - array->length >= count; }

// Parses numbers up to the end of the line. Returns the next line, or NULL if the line does not have exactly `count` numbers.
static const uint8_t *parse_numbers(const uint8_t *text, double *values, int count) {
	for (int i = 0; i < count; ++i) {
		text = sc_parse_number(sc_skip_blanks(text), &values[i]);
		if (text == NULL) {
			return NULL;
		}
	}
	text = sc_skip_blanks(text);
	return sc_at_line_end(text) ? sc_next_line(text) : NULL;
}

static int parse_vertex(sc_obj_s *obj, const uint8_t **line, const uint8_t *text) {
	double values[6];
	const uint8_t *next = parse_numbers(text, values, obj->has_colors ? 6 : 3);
	if (next == NULL || (obj->has_colors && obj->colors.length != obj->positions.length)) {
		return SC_E_CORRUPT;
	}
	sc_obj_array_s *positions = &obj->positions;
	if (!has_room(positions, 3) || (obj->has_colors && !has_room(&obj->colors, 3))) {
		return SC_E_FULL;
	}
	for (int axis = 0; axis < 3; ++axis) {
		if (obj->has_doubles) {
			((double *)address_of(positions))[positions->length + (uint64_t)axis] = values[axis];
		} else {
			float_end(positions)[axis] = (float)(values[axis] - obj->origin[axis]);
		}
		if (obj->has_colors) {
			float_end(&obj->colors)[axis] = (float)values[3 + axis];
		}
	}
	positions->length += 3;
	obj->colors.length += obj->has_colors ? 3 : 0;
	*line = next;
	return SC_OK;
}

// Parses a normal, or a texture coordinate, whose third number is ignored.
static int parse_vector(sc_obj_array_s *array, uint64_t size, const uint8_t **line, const uint8_t *text) {
	double values[3];
	const uint8_t *next = parse_numbers(text, values, (int)size);
	if (next == NULL && size == 2) {
		next = parse_numbers(text, values, 3);
	}
	if (next == NULL) {
		return SC_E_CORRUPT;
	}
	if (!has_room(array, size)) {
		return SC_E_FULL;
	}
	for (uint64_t i = 0; i < size; ++i) {
		float_end(array)[i] = (float)values[i];
	}
	array->length += size;
	*line = next;
	return SC_OK;
}

// Parses an index from 1 to `limit`, and subtracts 1. Returns NULL for any other word.
static inline const uint8_t *parse_index(const uint8_t *text, uint64_t limit, int32_t *index) {
	const uint8_t *const first = text;
	uint32_t value = 0;
	uint8_t digit;
	while ((digit = (uint8_t)(*text - '0')) <= 9) {
		value = 10 * value + digit;
		++text;
	}
	if (text - first > MAX_INDEX_DIGITS || value == 0 || value > limit) {
		return NULL;
	}
	*index = (int32_t)(value - 1);
	return text;
}

static int parse_face(sc_obj_s *obj, const uint8_t **line, const uint8_t *text) {
	sc_obj_array_s *corners = &obj->corners;
	const uint64_t vertices = obj->positions.length / 3;
	uint64_t count = 0;
	for (;;) {
		text = sc_skip_blanks(text);
		if (sc_at_line_end(text)) {
			break;
		}
		if (!has_room(corners, count + 1)) {
			return SC_E_FULL;
		}
		int32_t vertex;
		int32_t uv = -1;
		int32_t normal = -1;
		text = parse_index(text, vertices, &vertex);
		if (text != NULL && *text == '/') {
			++text;
			if (*text != '/') {
				// Texture coordinates and normals may be defined later; a missing one is not an error.
				text = parse_index(text, INT32_MAX, &uv);
			}
			if (text != NULL && *text == '/') {
				text = parse_index(text + 1, INT32_MAX, &normal);
			}
		}
		if (text == NULL || *text > ' ' || (uv >= 0 && !obj->has_corner_uvs) || (normal >= 0 && !obj->has_corner_normals)) {
			return SC_E_CORRUPT;
		}
		int_end(corners)[count] = vertex;
		if (obj->has_corner_uvs) {
			if (!has_room(&obj->corner_uvs, count + 1)) {
				return SC_E_FULL;
			}
			int_end(&obj->corner_uvs)[count] = uv;
		}
		if (obj->has_corner_normals) {
			if (!has_room(&obj->corner_normals, count + 1)) {
				return SC_E_FULL;
			}
			int_end(&obj->corner_normals)[count] = normal;
		}
		++count;
	}
	if (count < 3 || (count > 3 && !obj->has_ends)) {
		return SC_E_CORRUPT;
	}
	if (obj->has_ends) {
		if (!has_room(&obj->ends, 1)) {
			return SC_E_FULL;
		}
		((uint32_t *)address_of(&obj->ends))[obj->ends.length++] = (uint32_t)(corners->length + count);
	}
	corners->length += count;
	obj->corner_uvs.length += obj->has_corner_uvs ? count : 0;
	obj->corner_normals.length += obj->has_corner_normals ? count : 0;
	*line = sc_next_line(text);
	return SC_OK;
}

// Skips a comment or the name of a group. Returns the next line, or NULL if the line has a lone CR or may be continued.
static const uint8_t *skip_name(const uint8_t *text, const uint8_t *end) {
	const uint8_t *const newline = memchr(text, '\n', (size_t)(end - text));
	const size_t length = (size_t)(newline - text);
	const uint8_t *const cr = memchr(text, '\r', length);
	const bool is_plain = (cr == NULL || cr + 1 == newline) && memchr(text, '\\', length) == NULL;
	return is_plain ? newline + 1 : NULL;
}

static int parse_line(sc_obj_s *obj, const uint8_t **line, const uint8_t *end) {
	const uint8_t *text = sc_skip_blanks(*line);
	if (sc_at_line_end(text)) {
		*line = sc_next_line(text);
		return SC_OK;
	}
	if (*text == '#' || ((*text == 'g' || *text == 'o') && text[1] <= ' ')) {
		const uint8_t *const next = skip_name(text, end);
		*line = next == NULL ? *line : next;
		return next == NULL ? SC_E_CORRUPT : SC_OK;
	}
	if (text[0] == 'v' && sc_is_blank(text[1])) {
		return parse_vertex(obj, line, text + 2);
	}
	if (text[0] == 'f' && sc_is_blank(text[1])) {
		return parse_face(obj, line, text + 2);
	}
	if (text[0] == 'v' && text[1] == 'n' && sc_is_blank(text[2])) {
		return parse_vector(&obj->normals, 3, line, text + 3);
	}
	if (text[0] == 'v' && text[1] == 't' && sc_is_blank(text[2])) {
		return parse_vector(&obj->uvs, 2, line, text + 3);
	}
	return SC_E_CORRUPT;
}

int sc_obj_parse(sc_obj_s *obj, const uint8_t *text, uint64_t size) {
	const uint8_t *const last = memrchr(text, '\n', size);
	const uint8_t *const end = last == NULL ? text : last + 1;
	const uint8_t *line = text;
	int result = SC_OK;
	while (line < end && result == SC_OK) {
		result = parse_line(obj, &line, end);
		obj->lines += result == SC_OK ? 1 : 0;
	}
	obj->parsed = (uint64_t)(line - text);
	return result;
}
