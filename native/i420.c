// The loops over planes need -O3 to be vectorised.
#pragma GCC optimize("O3")

#include "i420.h"

#include "error.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

// Columns per block; an even number. Two rows of a block, as planes, fit into the first-level cache.
#define BLOCK 1024
#define ALWAYS_INLINE static inline __attribute__((always_inline))

// Two rows as planes; the same row twice at the bottom of an odd height.
typedef struct {
	uint8_t r[2][BLOCK];
	uint8_t g[2][BLOCK];
	uint8_t b[2][BLOCK];
} block_s;

// Separates the channels of the pixels from `done` on.
ALWAYS_INLINE void split_rest(const uint8_t *pixels, int channels, int done, int count, uint8_t *r, uint8_t *g, uint8_t *b) {
	for (int at = done; at < count; ++at) {
		r[at] = pixels[at * channels];
		g[at] = pixels[at * channels + 1];
		b[at] = pixels[at * channels + 2];
	}
}

// 16 bits suffice for 220 * 255 and 112 * 255.
ALWAYS_INLINE void to_luma(const uint8_t *r, const uint8_t *g, const uint8_t *b, int count, uint8_t *luma) {
	for (int at = 0; at < count; ++at) {
		const uint16_t sum = (uint16_t)(66 * r[at] + 129 * g[at] + 25 * b[at] + 128);
		luma[at] = (uint8_t)((sum >> 8) + 16);
	}
}

ALWAYS_INLINE int16_t mean(const uint8_t plane[2][BLOCK], int at) {
	return (int16_t)((plane[0][2 * at] + plane[0][2 * at + 1] + plane[1][2 * at] + plane[1][2 * at + 1] + 2) >> 2);
}

ALWAYS_INLINE void to_chroma(const block_s *block, int count, uint8_t *blue, uint8_t *red) {
	for (int at = 0; at < count; ++at) {
		const int16_t r = mean(block->r, at);
		const int16_t g = mean(block->g, at);
		const int16_t b = mean(block->b, at);
		blue[at] = (uint8_t)(((int16_t)(112 * b - 38 * r - 74 * g + 128) >> 8) + 128);
		red[at] = (uint8_t)(((int16_t)(112 * r - 94 * g - 18 * b + 128) >> 8) + 128);
	}
}

typedef void (*split_f)(const uint8_t *pixels, int channels, int count, uint8_t *r, uint8_t *g, uint8_t *b);

ALWAYS_INLINE void convert(const uint8_t *pixels, int width, int height, int channels, bool bottom_up,
	const sc_i420_s *planes, split_f split) {
	block_s block;
	const int64_t stride = (int64_t)width * channels;
	for (int y = 0; y < height; y += 2) {
		const int below = y + 1 < height ? y + 1 : y;
		const uint8_t *rows[2] = {
			pixels + (bottom_up ? height - 1 - y : y) * stride,
			pixels + (bottom_up ? height - 1 - below : below) * stride,
		};
		for (int x = 0; x < width; x += BLOCK) {
			const int count = width - x < BLOCK ? width - x : BLOCK;
			for (int row = 0; row < 2; ++row) {
				uint8_t *r = block.r[row];
				uint8_t *g = block.g[row];
				uint8_t *b = block.b[row];
				split(rows[row] + (int64_t)x * channels, channels, count, r, g, b);
				if (count % 2 == 1) {
					r[count] = r[count - 1];
					g[count] = g[count - 1];
					b[count] = b[count - 1];
				}
				if (row == 0 || below != y) {
					to_luma(r, g, b, count, planes->luma + (int64_t)(y + row) * planes->luma_stride + x);
				}
			}
			const int64_t at = (int64_t)(y / 2) * planes->chroma_stride + x / 2;
			to_chroma(&block, (count + 1) / 2, planes->blue + at, planes->red + at);
		}
	}
}

ALWAYS_INLINE void split_plain(const uint8_t *pixels, int channels, int count, uint8_t *r, uint8_t *g, uint8_t *b) {
	split_rest(pixels, channels, 0, count, r, g, b);
}

static void convert_plain(const uint8_t *pixels, int width, int height, int channels, bool bottom_up, const sc_i420_s *planes) {
	convert(pixels, width, height, channels, bottom_up, planes, split_plain);
}

#ifdef __x86_64__

#define AVX2 __attribute__((target("avx2")))

// Every third of 48 bytes in three registers, from byte `first` on.
AVX2 ALWAYS_INLINE __m128i every_third(__m128i a, __m128i b, __m128i c, int first) {
	uint8_t from[3][16];
	for (int lane = 0; lane < 16; ++lane) {
		const int at = 3 * lane + first;
		for (int source = 0; source < 3; ++source) {
			from[source][lane] = at / 16 == source ? (uint8_t)(at % 16) : 0x80;
		}
	}
	const __m128i in_a = _mm_shuffle_epi8(a, _mm_loadu_si128((const __m128i *)from[0]));
	const __m128i in_b = _mm_shuffle_epi8(b, _mm_loadu_si128((const __m128i *)from[1]));
	const __m128i in_c = _mm_shuffle_epi8(c, _mm_loadu_si128((const __m128i *)from[2]));
	return _mm_or_si128(_mm_or_si128(in_a, in_b), in_c);
}

AVX2 ALWAYS_INLINE void split_16_rgb(const uint8_t *pixels, uint8_t *r, uint8_t *g, uint8_t *b) {
	const __m128i *in = (const __m128i *)pixels;
	const __m128i first = _mm_loadu_si128(in);
	const __m128i second = _mm_loadu_si128(in + 1);
	const __m128i third = _mm_loadu_si128(in + 2);
	_mm_storeu_si128((__m128i *)r, every_third(first, second, third, 0));
	_mm_storeu_si128((__m128i *)g, every_third(first, second, third, 1));
	_mm_storeu_si128((__m128i *)b, every_third(first, second, third, 2));
}

AVX2 ALWAYS_INLINE void split_16_rgba(const uint8_t *pixels, uint8_t *r, uint8_t *g, uint8_t *b) {
	const __m128i together = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
	const __m128i *in = (const __m128i *)pixels;
	__m128i four[4];
	for (int part = 0; part < 4; ++part) {
		four[part] = _mm_shuffle_epi8(_mm_loadu_si128(in + part), together);
	}
	const __m128i red_green_low = _mm_unpacklo_epi32(four[0], four[1]);
	const __m128i red_green_high = _mm_unpacklo_epi32(four[2], four[3]);
	const __m128i blue_low = _mm_unpackhi_epi32(four[0], four[1]);
	const __m128i blue_high = _mm_unpackhi_epi32(four[2], four[3]);
	_mm_storeu_si128((__m128i *)r, _mm_unpacklo_epi64(red_green_low, red_green_high));
	_mm_storeu_si128((__m128i *)g, _mm_unpackhi_epi64(red_green_low, red_green_high));
	_mm_storeu_si128((__m128i *)b, _mm_unpacklo_epi64(blue_low, blue_high));
}

AVX2 ALWAYS_INLINE void split_avx2(const uint8_t *pixels, int channels, int count, uint8_t *r, uint8_t *g, uint8_t *b) {
	int done = 0;
	if (channels == 3) {
		for (; done + 16 <= count; done += 16) {
			split_16_rgb(pixels + done * 3, r + done, g + done, b + done);
		}
	} else {
		for (; done + 16 <= count; done += 16) {
			split_16_rgba(pixels + done * 4, r + done, g + done, b + done);
		}
	}
	split_rest(pixels, channels, done, count, r, g, b);
}

AVX2 static void convert_avx2(const uint8_t *pixels, int width, int height, int channels, bool bottom_up,
	const sc_i420_s *planes) {
	convert(pixels, width, height, channels, bottom_up, planes, split_avx2);
}

void sc_i420_convert(const uint8_t *pixels, int width, int height, int channels, bool bottom_up, const sc_i420_s *planes) {
	if (__builtin_cpu_supports("avx2")) {
		convert_avx2(pixels, width, height, channels, bottom_up, planes);
	} else {
		convert_plain(pixels, width, height, channels, bottom_up, planes);
	}
}

#else

void sc_i420_convert(const uint8_t *pixels, int width, int height, int channels, bool bottom_up, const sc_i420_s *planes) {
	convert_plain(pixels, width, height, channels, bottom_up, planes);
}

#endif

int sc_i420_from_pixels(const uint8_t *pixels, uint64_t size, int width, int height, int channels, int bottom_up,
	uint8_t *out, uint64_t capacity) {
	const bool valid = pixels != NULL && out != NULL && width > 0 && height > 0 && (channels == 3 || channels == 4);
	const uint64_t luma = valid ? (uint64_t)width * (uint64_t)height : 0;
	const uint64_t chroma = valid ? (uint64_t)((width + 1) / 2) * (uint64_t)((height + 1) / 2) : 0;
	if (!valid || size < luma * (uint64_t)channels || capacity < luma + 2 * chroma) {
		return sc_fail(SC_E_INVALID, "%dx%d pixels of %d bytes do not fit into the buffers", width, height, channels);
	}
	const sc_i420_s planes = { out, out + luma, out + luma + chroma, width, (width + 1) / 2 };
	sc_i420_convert(pixels, width, height, channels, bottom_up != 0, &planes);
	return SC_OK;
}
