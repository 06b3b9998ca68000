#include "frame_pack.h"

#include <string.h>

#include "error.h"

enum {
	MAX_SIDE = 65535,
	// Sides of a tile, px: of a transposed frame, its cache lines (64 with 192 used bytes each) stay in the first-level cache.
	TILE = 64,
	VECTOR = 16,
};

typedef struct {
	int64_t width;
	int64_t channels;
	int64_t column_stride;
	int64_t channel_stride;
} layout_s;

// Pixels `begin` to `end` of a row.
static void pack_pixels(uint8_t *to, const uint8_t *from, int64_t begin, int64_t end, const layout_s *layout) {
	const int64_t channels = layout->channels, column_stride = layout->column_stride, channel_stride = layout->channel_stride;
	to += begin * channels;
	from += begin * column_stride;
	if (channel_stride == 1 && channels == 4) {
		for (int64_t i = begin; i < end; ++i, to += 4, from += column_stride) memcpy(to, from, 4);
	} else if (channel_stride == 1) {
		for (int64_t i = begin; i < end; ++i, to += 3, from += column_stride) memcpy(to, from, 3);
	} else {
		for (int64_t i = begin; i < end; ++i, to += channels, from += column_stride) {
			for (int64_t c = 0; c < channels; ++c) to[c] = from[c * channel_stride];
		}
	}
}

#ifdef __x86_64__
#include <immintrin.h>

static int64_t smallest(int64_t steps, int64_t stride) {
	return stride < 0 ? steps * stride : 0;
}

static int64_t largest(int64_t steps, int64_t stride) {
	return stride > 0 ? steps * stride : 0;
}

// Packs four pixels with one shuffle, where their bytes are within 16: RGBA or BGRA to RGB, mirrored rows. Returns the number of pixels
// packed from the start of the row; a store may write up to 4 bytes behind them, below `end`.
__attribute__((target("ssse3"))) static int64_t pack_near(uint8_t *to, const uint8_t *end, const uint8_t *from, const layout_s *layout) {
	const int64_t channels = layout->channels, column_stride = layout->column_stride, channel_stride = layout->channel_stride;
	const int64_t low = smallest(3, column_stride) + smallest(channels - 1, channel_stride);
	const int64_t high = largest(3, column_stride) + largest(channels - 1, channel_stride);
	if (high - low >= VECTOR) return 0;
	int8_t order[VECTOR];
	for (int64_t i = 0; i < VECTOR; ++i) {
		const int64_t pixel = i / channels, channel = i % channels;
		order[i] = (int8_t)(pixel < 4 ? pixel * column_stride + channel * channel_stride - low : -1);
	}
	const __m128i shuffle = _mm_loadu_si128((const __m128i *)order);
	// What may be read: the bytes between the lowest and the highest of the row.
	const int64_t row_low = smallest(layout->width - 1, column_stride) + smallest(channels - 1, channel_stride);
	const int64_t row_high = largest(layout->width - 1, column_stride) + largest(channels - 1, channel_stride);
	int64_t done = 0;
	for (; done + 4 <= layout->width && to + VECTOR <= end; done += 4, to += 4 * channels) {
		// Up to the lowest byte of the four, or as far down as the row allows a load of 16.
		const int64_t start = done * column_stride + low;
		if (start < row_low || start + VECTOR - 1 > row_high) {
			if (column_stride >= 0) break;
			pack_pixels(to, from + done * column_stride, 0, 4, layout);
			continue;
		}
		_mm_storeu_si128((__m128i *)to, _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(from + start)), shuffle));
	}
	return done;
}

// Packs 16 pixels at a time where each channel has a plane of its own. Returns the number of pixels packed. `channels` is a constant, so
// that all shuffles stay in registers.
__attribute__((target("ssse3"), always_inline)) static inline int64_t pack_planes(uint8_t *to, const uint8_t *from, const layout_s *layout,
	const int channels) {
	const int64_t direction = layout->column_stride;
	__m128i order[4][4];
	for (int part = 0; part < channels; ++part) {
		for (int channel = 0; channel < channels; ++channel) {
			int8_t bytes[VECTOR];
			for (int i = 0; i < VECTOR; ++i) {
				const int at = part * VECTOR + i, pixel = at / channels;
				bytes[i] = (int8_t)(at % channels != channel ? -1 : direction > 0 ? pixel : VECTOR - 1 - pixel);
			}
			order[part][channel] = _mm_loadu_si128((const __m128i *)bytes);
		}
	}
	int64_t done = 0;
	for (; done + VECTOR <= layout->width; done += VECTOR, to += VECTOR * channels) {
		const uint8_t *first = from + (direction > 0 ? done : -done - (VECTOR - 1));
		__m128i planes[4];
		for (int channel = 0; channel < channels; ++channel) {
			planes[channel] = _mm_loadu_si128((const __m128i *)(first + channel * layout->channel_stride));
		}
		for (int part = 0; part < channels; ++part) {
			__m128i packed = _mm_shuffle_epi8(planes[0], order[part][0]);
			for (int channel = 1; channel < channels; ++channel) {
				packed = _mm_or_si128(packed, _mm_shuffle_epi8(planes[channel], order[part][channel]));
			}
			_mm_storeu_si128((__m128i *)(to + part * VECTOR), packed);
		}
	}
	return done;
}

__attribute__((target("ssse3"))) static int64_t pack_planes_3(uint8_t *to, const uint8_t *from, const layout_s *layout) {
	return pack_planes(to, from, layout, 3);
}

__attribute__((target("ssse3"))) static int64_t pack_planes_4(uint8_t *to, const uint8_t *from, const layout_s *layout) {
	return pack_planes(to, from, layout, 4);
}

static int64_t pack_fast(uint8_t *to, const uint8_t *end, const uint8_t *from, const layout_s *layout) {
	if (!__builtin_cpu_supports("ssse3")) return 0;
	const int64_t done = pack_near(to, end, from, layout);
	if (done > 0 || (layout->column_stride != 1 && layout->column_stride != -1)) return done;
	return layout->channels == 3 ? pack_planes_3(to, from, layout) : pack_planes_4(to, from, layout);
}
#else
static int64_t pack_fast(uint8_t *to, const uint8_t *end, const uint8_t *from, const layout_s *layout) {
	(void)to, (void)end, (void)from, (void)layout;
	return 0;
}
#endif

static int64_t smaller(int64_t a, int64_t b) {
	return a < b ? a : b;
}

int sc_frame_pack(uint8_t *to, uint64_t to_size, const uint8_t *from, int64_t height, int64_t width, int64_t channels,
	int64_t row_stride, int64_t column_stride, int64_t channel_stride) {
	if (height < 1 || height > MAX_SIDE || width < 1 || width > MAX_SIDE || (channels != 3 && channels != 4)) {
		return sc_fail(SC_E_INVALID, "a frame of %lldx%lld px with %lld channels", (long long)width, (long long)height,
			(long long)channels);
	}
	const int64_t row = width * channels;
	if (to_size < (uint64_t)(row * height)) return sc_fail(SC_E_TOO_SMALL, "a frame of %lldx%lld px", (long long)width, (long long)height);
	const uint8_t *end = to + row * height;
	const layout_s layout = { width, channels, column_stride, channel_stride };
	for (int64_t top = 0; top < height; top += TILE) {
		const int64_t bottom = smaller(top + TILE, height);
		int64_t left = 0;
		for (int64_t y = top; y < bottom; ++y) left = pack_fast(to + y * row, end, from + y * row_stride, &layout);
		// `left` is that of the last row of the tile, which is the smallest: only there the end of `to` is near.
		for (; left < width; left += TILE) {
			const int64_t right = smaller(left + TILE, width);
			for (int64_t y = top; y < bottom; ++y) pack_pixels(to + y * row, from + y * row_stride, left, right, &layout);
		}
	}
	return SC_OK;
}
