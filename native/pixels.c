#include "pixels.h"

#include <stddef.h>
#include <string.h>

#include "error.h"

#ifdef __x86_64__
#include <immintrin.h>

// Packs 16 pixels at a time, and returns how many: the caller packs the rest.
__attribute__((target("ssse3"))) static size_t pack_ssse3(uint8_t *rgb, const uint8_t *rgba, size_t pixels) {
	const __m128i drop_alpha = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
	size_t done = 0;
	for (; done + 16 <= pixels; done += 16) {
		const __m128i *in = (const __m128i *)(rgba + done * 4);
		__m128i *out = (__m128i *)(rgb + done * 3);
		const __m128i a = _mm_shuffle_epi8(_mm_loadu_si128(in), drop_alpha);
		const __m128i b = _mm_shuffle_epi8(_mm_loadu_si128(in + 1), drop_alpha);
		const __m128i c = _mm_shuffle_epi8(_mm_loadu_si128(in + 2), drop_alpha);
		const __m128i d = _mm_shuffle_epi8(_mm_loadu_si128(in + 3), drop_alpha);
		_mm_storeu_si128(out, _mm_or_si128(a, _mm_slli_si128(b, 12)));
		_mm_storeu_si128(out + 1, _mm_or_si128(_mm_srli_si128(b, 4), _mm_slli_si128(c, 8)));
		_mm_storeu_si128(out + 2, _mm_or_si128(_mm_srli_si128(c, 8), _mm_slli_si128(d, 4)));
	}
	return done;
}

static size_t pack_fast(uint8_t *rgb, const uint8_t *rgba, size_t pixels) {
	return __builtin_cpu_supports("ssse3") ? pack_ssse3(rgb, rgba, pixels) : 0;
}
#else
static size_t pack_fast(uint8_t *rgb, const uint8_t *rgba, size_t pixels) {
	(void)rgb;
	(void)rgba;
	(void)pixels;
	return 0;
}
#endif

int sc_pixels_pack_rgb(uint8_t *rgb, uint64_t rgb_size, const uint8_t *rgba, uint64_t rgba_size,
	uint32_t width, uint32_t height) {
	// The product of two 32-bit numbers fits into 64 bits; four times that only below 2^62.
	const uint64_t pixels = (uint64_t)width * height;
	if (pixels > UINT64_MAX / 8 || rgb_size < pixels * 3 || rgba_size < pixels * 4
		|| (pixels > 0 && (rgb == NULL || rgba == NULL))) {
		return sc_fail(SC_E_TOO_SMALL, "%ux%d pixels do not fit: %llu bytes of RGBA to %llu bytes of RGB", width,
			(int)height, (unsigned long long)rgba_size, (unsigned long long)rgb_size);
	}
	for (size_t pixel = pack_fast(rgb, rgba, pixels); pixel < pixels; ++pixel) {
		memcpy(rgb + pixel * 3, rgba + pixel * 4, 3);
	}
	return SC_OK;
}

int sc_pixels_halve(uint8_t *half, uint64_t half_size, const uint8_t *rgba, uint64_t rgba_size, uint32_t width,
	uint32_t height) {
	const uint64_t pixels = (uint64_t)width * height;
	if (pixels > UINT64_MAX / 32 || half_size < pixels * 4 || rgba_size < pixels * 16
		|| (pixels > 0 && (half == NULL || rgba == NULL))) {
		return sc_fail(SC_E_TOO_SMALL, "%ux%d pixels do not fit: %llu bytes from %llu bytes", width, (int)height,
			(unsigned long long)half_size, (unsigned long long)rgba_size);
	}
	const size_t row = (size_t)width * 8;
	for (uint32_t y = 0; y < height; ++y) {
		const uint8_t *upper = rgba + y * 2 * row;
		const uint8_t *lower = upper + row;
		uint8_t *out = half + y * (row / 2);
		for (uint32_t x = 0; x < width; ++x, upper += 8, lower += 8, out += 4) {
			for (int component = 0; component < 4; ++component) {
				const unsigned sum = (unsigned)upper[component] + upper[component + 4] + lower[component] + lower[component + 4];
				out[component] = (uint8_t)((sum + 2) / 4);
			}
		}
	}
	return SC_OK;
}
