// The inner loop over a row needs -O3 to be vectorised.
#pragma GCC optimize("O3")

#include "scale.h"

#include <string.h>

#include "error.h"

// Weights are fixed-point numbers with this many fractional bits: 255 times their sum stays below 2^32.
#define WEIGHT_BITS 14
#define WEIGHT_ONE (1u << WEIGHT_BITS)

// Position and size of the scaled image along one axis of the output.
typedef struct {
	int offset;
	int size;
	int source_size;
} extent_s;

// Filter taps: the range of source pixels that one output pixel is computed from.
typedef struct {
	int first;
	int count;
} taps_s;

static extent_s centre(int source_size, int size, int target_size) {
	return (extent_s){ (target_size - size) / 2, size, source_size };
}

static double at_least_one(double value) { return value < 1 ? 1 : value; }

// Maximum number of taps of an output pixel.
static int max_taps(const extent_s *extent) {
	return 2 * (int)at_least_one((double)extent->source_size / extent->size) + 3;
}

// Computes the weights of output pixel `at`, counted from the extent's offset. Their sum is exactly WEIGHT_ONE.
static taps_s compute_weights(const extent_s *extent, int at, uint32_t *weights) {
	const double ratio = (double)extent->source_size / extent->size;
	const double radius = at_least_one(ratio);
	const double centre = (at + 0.5) * ratio - 0.5;
	const int low = (int)(centre - radius + 1); // rounds towards 0: below 0 there is no pixel
	const int high = (int)(centre + radius);
	const int first = low < 0 ? 0 : low;
	const int last = high < extent->source_size - 1 ? high : extent->source_size - 1;
	double sum = 0;
	for (int pixel = first; pixel <= last; ++pixel) {
		const double distance = pixel < centre ? centre - pixel : pixel - centre;
		sum += distance < radius ? radius - distance : 0;
	}
	uint32_t left = WEIGHT_ONE;
	uint32_t *heaviest = weights;
	for (int pixel = first; pixel <= last; ++pixel) {
		const double distance = pixel < centre ? centre - pixel : pixel - centre;
		uint32_t *weight = &weights[pixel - first];
		*weight = distance < radius ? (uint32_t)((radius - distance) / sum * WEIGHT_ONE) : 0;
		left -= *weight;
		heaviest = *weight > *heaviest ? weight : heaviest;
	}
	*heaviest += left;
	return (taps_s){ first, last - first + 1 };
}

// Vertical pass: blends the source rows in `taps` into one row of the source's width.
static void blend_rows(const sc_image_s *source, taps_s taps, const uint32_t *weights, uint32_t *sums, uint8_t *row) {
	const size_t stride = (size_t)source->width * (size_t)source->channels;
	memset(sums, 0, stride * sizeof(*sums));
	for (int tap = 0; tap < taps.count; ++tap) {
		const uint8_t *from = sc_image_row(source, taps.first + tap);
		const uint32_t weight = weights[tap];
		for (size_t at = 0; at < stride; ++at) {
			sums[at] += weight * from[at];
		}
	}
	for (size_t at = 0; at < stride; ++at) {
		row[at] = (uint8_t)((sums[at] + WEIGHT_ONE / 2) >> WEIGHT_BITS);
	}
}

// Horizontal pass: scales one row into the output.
static void blend_columns(const uint8_t *row, int channels, const extent_s *columns, const taps_s *taps,
	const uint32_t *weights, int taps_max, uint8_t *rgb) {
	for (int x = 0; x < columns->size; ++x) {
		const uint32_t *weight = weights + (size_t)x * (size_t)taps_max;
		const uint8_t *from = row + (size_t)taps[x].first * (size_t)channels;
		uint32_t red = WEIGHT_ONE / 2;
		uint32_t green = WEIGHT_ONE / 2;
		uint32_t blue = WEIGHT_ONE / 2;
		for (int tap = 0; tap < taps[x].count; ++tap, from += channels) {
			red += weight[tap] * from[0];
			green += weight[tap] * from[1];
			blue += weight[tap] * from[2];
		}
		rgb[3 * x] = (uint8_t)(red >> WEIGHT_BITS);
		rgb[3 * x + 1] = (uint8_t)(green >> WEIGHT_BITS);
		rgb[3 * x + 2] = (uint8_t)(blue >> WEIGHT_BITS);
	}
}

int sc_scale_rows(const sc_image_s *source, int width, int height, int first, int count, uint8_t *rgb) {
	// Fit: the narrower side determines the factor; the other side has at least one pixel.
	const int64_t by_width = (int64_t)source->height * width;
	const int64_t by_height = (int64_t)source->width * height;
	const int64_t fitted_width = by_width <= by_height ? width : (by_height + source->height / 2) / source->height;
	const int64_t fitted_height = by_width <= by_height ? (by_width + source->width / 2) / source->width : height;
	const extent_s columns = centre(source->width, fitted_width < 1 ? 1 : (int)fitted_width, width);
	const extent_s rows = centre(source->height, fitted_height < 1 ? 1 : (int)fitted_height, height);
	const int taps_max = max_taps(&columns);
	const size_t stride = (size_t)source->width * (size_t)source->channels;
	uint32_t *sums = malloc(stride * sizeof(*sums));
	uint8_t *row = malloc(stride);
	taps_s *taps = malloc((size_t)columns.size * sizeof(*taps));
	uint32_t *column_weights = malloc((size_t)columns.size * (size_t)taps_max * sizeof(*column_weights));
	uint32_t *row_weights = malloc((size_t)max_taps(&rows) * sizeof(*row_weights));
	int result = SC_OK;
	if (sums == NULL || row == NULL || taps == NULL || column_weights == NULL || row_weights == NULL) {
		result = sc_fail(SC_E_SYSTEM, "no memory to scale an image of %dx%d", source->width, source->height);
	} else {
		memset(rgb, 0, (size_t)width * (size_t)count * 3);
		for (int x = 0; x < columns.size; ++x) {
			taps[x] = compute_weights(&columns, x, column_weights + (size_t)x * (size_t)taps_max);
		}
		for (int y = first; y < first + count; ++y) {
			if (y < rows.offset || y >= rows.offset + rows.size) {
				continue;
			}
			const taps_s above = compute_weights(&rows, y - rows.offset, row_weights);
			blend_rows(source, above, row_weights, sums, row);
			uint8_t *out = rgb + (size_t)(y - first) * (size_t)width * 3 + (size_t)columns.offset * 3;
			blend_columns(row, source->channels, &columns, taps, column_weights, taps_max, out);
		}
	}
	free(sums);
	free(row);
	free(taps);
	free(column_weights);
	free(row_weights);
	return result;
}
