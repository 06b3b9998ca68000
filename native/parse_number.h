// Parser of decimal numbers in text.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Whether a byte is white space within a line. Control characters are included: some files are padded with NUL.
static inline bool sc_is_blank(uint8_t byte) { return byte <= ' ' && byte != '\n' && byte != '\r'; }

static inline const uint8_t *sc_skip_blanks(const uint8_t *text) {
	while (sc_is_blank(*text)) {
		++text;
	}
	return text;
}

// Whether a line ends here: LF or CR LF. A lone CR is left to the caller's slow path.
static inline bool sc_at_line_end(const uint8_t *text) { return *text == '\n' || (*text == '\r' && text[1] == '\n'); }

// The beginning of the next line, from a line's end.
static inline const uint8_t *sc_next_line(const uint8_t *text) { return text + (*text == '\r' ? 2 : 1); }

// Rounds a number of any length to the nearest double. `text` is a decimal number that ends at `end`.
const uint8_t *sc_parse_long_number(const uint8_t *text, const uint8_t *end, double *value);

// Parses a decimal number, with an optional exponent, that white space follows: the text must end in white space. Rounds to the
// nearest double, as JavaScript's Number() does. Returns the end of the number; NULL for any other form, or if it is not finite.
static inline const uint8_t *sc_parse_number(const uint8_t *text, double *value) {
	// Integers up to 2^53 and powers of ten up to 1e22 are exact doubles, so that their product or quotient is rounded once.
	static const double POWERS[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
		1e18, 1e19, 1e20, 1e21, 1e22 };
	enum { MAX_POWER = 22, MAX_DIGITS = 19, MAX_EXPONENT = 9999 };
	const uint8_t *next = text;
	const bool negative = *next == '-';
	if (negative || *next == '+') {
		++next;
	}
	uint64_t mantissa = 0;
	const uint8_t *const whole = next;
	uint8_t digit;
	while ((digit = (uint8_t)(*next - '0')) <= 9) {
		mantissa = 10 * mantissa + digit;
		++next;
	}
	int64_t digits = next - whole;
	int64_t exponent = 0;
	if (*next == '.') {
		const uint8_t *const fraction = ++next;
		while ((digit = (uint8_t)(*next - '0')) <= 9) {
			mantissa = 10 * mantissa + digit;
			++next;
		}
		exponent = fraction - next;
		digits -= exponent;
	}
	if (digits == 0) {
		return 0;
	}
	if ((*next | 32) == 'e') {
		++next;
		const bool down = *next == '-';
		if (down || *next == '+') {
			++next;
		}
		const uint8_t *const first = next;
		int64_t power = 0;
		while ((digit = (uint8_t)(*next - '0')) <= 9) {
			power = power > MAX_EXPONENT ? power : 10 * power + digit;
			++next;
		}
		if (next == first) {
			return 0;
		}
		exponent += down ? -power : power;
	}
	if (*next > ' ') {
		return 0;
	}
	if (digits > MAX_DIGITS || mantissa >> 53 != 0 || exponent > MAX_POWER || exponent < -MAX_POWER) {
		return sc_parse_long_number(text, next, value);
	}
	const double magnitude = exponent < 0 ? (double)mantissa / POWERS[-exponent] : (double)mantissa * POWERS[exponent];
	*value = negative ? -magnitude : magnitude;
	return next;
}
