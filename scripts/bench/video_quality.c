// Encodes frames from a file repeatedly with the library's VP8 encoder, decodes them, and prints one line of JSON: the encoding
// time (median and 95th percentile, ms, conversion from RGB included), and of the last two thirds the bitrate, and the PSNR in dB of
// the luma and of all three planes, from the mean squared error of all samples.
//
//   video_quality FILE WIDTH HEIGHT FRAMES FPS BITRATE COUNT     FILE: FRAMES frames of RGB, rows bottom-up
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "../../native/error.h"
#include "../../native/i420.h"
#include "../../native/vp8.h"

#define NEED(condition, what) do { \
		if (!(condition)) { \
			fprintf(stderr, "video_quality: %s\n", what); \
			exit(1); \
		} \
	} while (0)

static double now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare_doubles(const void *a, const void *b) {
	const double difference = *(const double *)a - *(const double *)b;
	return (difference > 0) - (difference < 0);
}

static double squared_error(const vpx_image_t *image, const uint8_t *planes, int plane, int width, int height) {
	double sum = 0;
	for (int y = 0; y < height; ++y) {
		for (int x = 0; x < width; ++x) {
			const int difference = image->planes[plane][y * image->stride[plane] + x] - planes[y * width + x];
			sum += difference * difference;
		}
	}
	return sum;
}

static double psnr_db(double squares, double samples) { return 10 * log10(255.0 * 255.0 * samples / squares); }

int main(int argc, char **argv) {
	NEED(argc == 8, "needs FILE WIDTH HEIGHT FRAMES FPS BITRATE COUNT");
	const int width = atoi(argv[2]);
	const int height = atoi(argv[3]);
	const int frames = atoi(argv[4]);
	const int fps = atoi(argv[5]);
	const int count = atoi(argv[7]);
	const size_t size = (size_t)width * (size_t)height * 3;
	const int chroma_width = (width + 1) / 2;
	const int chroma_height = (height + 1) / 2;
	uint8_t *pixels = malloc(size * (size_t)frames);
	uint8_t *planes = malloc(size);
	double *times = calloc((size_t)count, sizeof(*times));
	FILE *file = fopen(argv[1], "rb");
	NEED(pixels != NULL && planes != NULL && times != NULL, "no memory");
	NEED(file != NULL && fread(pixels, size, (size_t)frames, file) == (size_t)frames, "cannot read the frames");
	sc_vp8_s encoder;
	sc_vp8_init(&encoder, 0);
	vpx_codec_ctx_t decoder;
	NEED(vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0) == VPX_CODEC_OK, "no decoder");
	double luma = 0;
	double chroma = 0;
	double bytes = 0;
	int measured = 0;
	for (int at = 0; at < count; ++at) {
		const uint8_t *frame_pixels = pixels + size * (size_t)(at % frames);
		const sc_vp8_params_s params = { .image = { frame_pixels, size, width, height, 3, 1 },
			.bitrate = atoi(argv[6]), .time_us = (int64_t)at * 1000000 / fps };
		NEED(sc_vp8_check(&params) == SC_OK, sc_error_message());
		const double start = now_ms();
		sc_vp8_frame_s *frame = sc_vp8_encode(&encoder, &params);
		times[at] = now_ms() - start;
		NEED(frame != NULL, sc_error_message());
		NEED(vpx_codec_decode(&decoder, frame->bytes, (unsigned int)frame->size, NULL, 0) == VPX_CODEC_OK, "cannot decode");
		vpx_codec_iter_t next = NULL;
		const vpx_image_t *image = vpx_codec_get_frame(&decoder, &next);
		NEED(image != NULL, "no frame was decoded");
		if (at >= count / 3) {
			sc_i420_from_pixels(frame_pixels, size, width, height, 3, 1, planes, size);
			const uint8_t *blue = planes + width * height;
			luma += squared_error(image, planes, 0, width, height);
			chroma += squared_error(image, blue, 1, chroma_width, chroma_height);
			chroma += squared_error(image, blue + chroma_width * chroma_height, 2, chroma_width, chroma_height);
			bytes += (double)frame->size;
			++measured;
		}
		free(frame);
	}
	qsort(times, (size_t)count, sizeof(*times), compare_doubles);
	const double luma_samples = (double)width * height * measured;
	const double all_samples = luma_samples + 2.0 * chroma_width * chroma_height * measured;
	printf("{\"medianMs\":%.3f,\"p95Ms\":%.3f,\"bitrate\":%.0f,\"psnrLuma\":%.2f,\"psnrAll\":%.2f}\n", times[count / 2],
		times[count * 95 / 100], bytes * 8 * fps / measured, psnr_db(luma, luma_samples), psnr_db(luma + chroma, all_samples));
	return 0;
}
