#define _GNU_SOURCE
#include "parse_number.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Maximum length of a number, bytes; longer words are left to the caller's slow path.
#define MAX_WORD 127

// The C locale, for strtod_l: the program may set a locale with a decimal comma.
static locale_t c_locale(void) {
	static locale_t shared;
	locale_t locale = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
	if (locale == 0) {
		locale = newlocale(LC_ALL_MASK, "C", 0);
		locale_t expected = 0;
		if (!__atomic_compare_exchange_n(&shared, &expected, locale, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			freelocale(locale);
			locale = expected;
		}
	}
	return locale;
}

const uint8_t *sc_parse_long_number(const uint8_t *text, const uint8_t *end, double *value) {
	const locale_t locale = c_locale();
	const size_t length = (size_t)(end - text);
	if (length > MAX_WORD || locale == 0) {
		return NULL;
	}
	char word[MAX_WORD + 1];
	memcpy(word, text, length);
	word[length] = '\0';
	*value = strtod_l(word, NULL, locale);
	return isfinite(*value) ? end : NULL;
}
