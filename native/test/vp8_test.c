// The VP8 encoder, alone and in the pool, and the conversion of RGB to I420. Frames are checked with libvpx' decoder.
#define _GNU_SOURCE
#include <math.h>
#include <string.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "../error.h"
#include "../i420.h"
#include "../jpeg_job.h"
#include "../vp8_job.h"
#include "check.h"
#include "raised.h"

enum { WIDTH = 320, HEIGHT = 180, SIZE = WIDTH * HEIGHT * 3, BITRATE = 2000000, FRAME_US = 33333 };

// Reproducible (xorshift), and never 0.
static uint32_t next_random(uint32_t *state) {
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

// The pixel at a position from the top left.
static const uint8_t *pixel_at(const uint8_t *pixels, int width, int height, int channels, int bottom_up, int x, int y) {
	const int clamped_x = x < width ? x : width - 1;
	const int clamped_y = y < height ? y : height - 1;
	return pixels + ((bottom_up ? height - 1 - clamped_y : clamped_y) * width + clamped_x) * channels;
}

// BT.601 (section 2.5.4), in limited range, of the mean of `side` * `side` pixels. plane 0: luma, 1: blue, 2: red.
static double reference(const uint8_t *pixels, int width, int height, int channels, int bottom_up, int plane, int x, int y) {
	const int side = plane == 0 ? 1 : 2;
	double rgb[3] = { 0, 0, 0 };
	for (int at = 0; at < side * side; ++at) {
		const uint8_t *pixel = pixel_at(pixels, width, height, channels, bottom_up, x * side + at % side, y * side + at / side);
		for (int channel = 0; channel < 3; ++channel) {
			rgb[channel] += pixel[channel] / 255.0 / (side * side);
		}
	}
	const double luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
	return plane == 0 ? 16 + 219 * luma
		: plane == 1 ? 128 + 224 * (rgb[2] - luma) / 1.772 : 128 + 224 * (rgb[0] - luma) / 1.402;
}

static void check_i420(int width, int height, int channels, int bottom_up, uint32_t *state) {
	const size_t size = (size_t)width * (size_t)height * (size_t)channels;
	const int chroma_width = (width + 1) / 2;
	const int chroma_height = (height + 1) / 2;
	const size_t planes_size = (size_t)width * (size_t)height + 2 * (size_t)chroma_width * (size_t)chroma_height;
	uint8_t *pixels = malloc(size);
	uint8_t *planes = malloc(planes_size);
	for (size_t at = 0; at < size; ++at) {
		const uint32_t value = next_random(state);
		pixels[at] = value % 3 == 0 ? (value & 8 ? 255 : 0) : (uint8_t)(value >> 8);
	}
	CHECK(sc_i420_from_pixels(pixels, size, width, height, channels, bottom_up, planes, planes_size) == SC_OK);
	const uint8_t *at = planes;
	for (int plane = 0; plane < 3; ++plane) {
		const int plane_width = plane == 0 ? width : chroma_width;
		const int plane_height = plane == 0 ? height : chroma_height;
		for (int y = 0; y < plane_height; ++y) {
			for (int x = 0; x < plane_width; ++x, ++at) {
				CHECK(fabs(*at - reference(pixels, width, height, channels, bottom_up, plane, x, y)) < 1.5);
			}
		}
	}
	CHECK(sc_i420_from_pixels(pixels, size - 1, width, height, channels, bottom_up, planes, planes_size) == SC_E_INVALID);
	CHECK(sc_i420_from_pixels(pixels, size, width, height, channels, bottom_up, planes, planes_size - 1) == SC_E_INVALID);
	free(pixels);
	free(planes);
}

static void test_i420(void) {
	static const int sizes[][2] = { { 1, 1 }, { 2, 2 }, { 3, 1 }, { 1, 5 }, { 15, 3 }, { 16, 4 }, { 17, 7 }, { 33, 2 },
		{ 47, 5 }, { 1023, 3 }, { 1024, 2 }, { 1025, 3 }, { 2061, 5 } };
	uint32_t state = 1;
	for (size_t at = 0; at < sizeof(sizes) / sizeof(sizes[0]); ++at) {
		for (int variant = 0; variant < 4; ++variant) {
			check_i420(sizes[at][0], sizes[at][1], 3 + variant % 2, variant / 2, &state);
		}
	}
	uint8_t byte = 0;
	CHECK(sc_i420_from_pixels(&byte, 1, 0, 1, 3, 0, &byte, 1) == SC_E_INVALID);
	CHECK(sc_i420_from_pixels(NULL, 1, 1, 1, 3, 0, &byte, 1) == SC_E_INVALID);
	CHECK(sc_i420_from_pixels(&byte, 1, 1, 1, 2, 0, &byte, 1) == SC_E_INVALID);
}

// Draws moving stripes, bottom-up.
static void draw_stripes(uint8_t *pixels, int width, int height, int step) {
	for (int y = 0; y < height; ++y) {
		for (int x = 0; x < width; ++x) {
			uint8_t *pixel = pixels + (y * width + x) * 3;
			pixel[0] = (uint8_t)(40 + 3 * ((x + 5 * step) % 60));
			pixel[1] = (uint8_t)(200 * y / height);
			pixel[2] = (uint8_t)((x + 5 * step) % 120 < 60 ? 220 : 30);
		}
	}
}

static sc_vp8_params_s params_for(const uint8_t *pixels, int width, int height, int step) {
	return (sc_vp8_params_s){ { pixels, (uint64_t)width * (uint64_t)height * 3, width, height, 3, 1 }, BITRATE, 0,
		(int64_t)step * FRAME_US };
}

// Decodes a frame; returns the PSNR of its luma, dB.
static double decode(vpx_codec_ctx_t *decoder, const uint8_t *bytes, size_t size, const sc_vp8_params_s *params) {
	CHECK(vpx_codec_decode(decoder, bytes, (unsigned int)size, NULL, 0) == VPX_CODEC_OK);
	vpx_codec_iter_t next = NULL;
	const vpx_image_t *image = vpx_codec_get_frame(decoder, &next);
	CHECK(image != NULL && image->d_w == (unsigned int)params->image.width && image->d_h == (unsigned int)params->image.height);
	double squares = 0;
	for (int y = 0; y < params->image.height; ++y) {
		for (int x = 0; x < params->image.width; ++x) {
			const double difference = image->planes[0][y * image->stride[0] + x]
				- reference(params->image.pixels, params->image.width, params->image.height, 3, 1, 0, x, y);
			squares += difference * difference;
		}
	}
	return 10 * log10(255.0 * 255.0 * params->image.width * params->image.height / squares);
}

static void test_stream(void) {
	static const int sizes[][2] = { { WIDTH, HEIGHT }, { 161, 93 }, { 1, 1 }, { WIDTH, HEIGHT } };
	vpx_codec_ctx_t decoder;
	CHECK(vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0) == VPX_CODEC_OK);
	uint8_t *pixels = malloc(SIZE);
	sc_vp8_s encoder;
	sc_vp8_init(&encoder, 0);
	int step = 0;
	for (int stream = 0; stream < 4; ++stream) {
		for (int frame = 0; frame < 30; ++frame, ++step) {
			const int width = sizes[stream][0];
			const int height = sizes[stream][1];
			draw_stripes(pixels, width, height, step);
			sc_vp8_params_s params = params_for(pixels, width, height, step);
			params.keyframe = frame == 12;
			CHECK(sc_vp8_check(&params) == SC_OK);
			sc_vp8_frame_s *encoded = sc_vp8_encode(&encoder, &params);
			CHECK(encoded != NULL && encoded->info.keyframe == (frame == 0 || frame == 12));
			const double psnr = decode(&decoder, encoded->bytes, encoded->size, &params);
			CHECK(psnr > (frame < 15 ? 25 : 38));
			uint8_t *bytes = malloc(encoded->size);
			const size_t size = encoded->size;
			sc_vp8_info_s info;
			CHECK(sc_vp8_take(encoded, bytes, size - 1, &info) == SC_E_TOO_SMALL);
			CHECK(sc_vp8_take(encoded, bytes, size, &info) == SC_OK && info.quantizer <= 63);
			free(bytes);
		}
	}
	sc_vp8_end(&encoder);
	sc_vp8_end(&encoder);
	CHECK(vpx_codec_destroy(&decoder) == VPX_CODEC_OK);
	free(pixels);
}

// The frames of a film have one quantizer, also after a change of size.
static void test_film(void) {
	static const int sizes[][2] = { { WIDTH, HEIGHT }, { 161, 93 } };
	vpx_codec_ctx_t decoder;
	CHECK(vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0) == VPX_CODEC_OK);
	uint8_t *pixels = malloc(SIZE);
	sc_vp8_s encoder;
	sc_vp8_init(&encoder, 8);
	for (int step = 0; step < 20; ++step) {
		const int *size = sizes[step / 10];
		draw_stripes(pixels, size[0], size[1], step);
		sc_vp8_params_s params = params_for(pixels, size[0], size[1], step);
		params.keyframe = step == 4;
		sc_vp8_frame_s *encoded = sc_vp8_encode(&encoder, &params);
		CHECK(encoded != NULL && encoded->info.keyframe == (step % 10 == 0 || step == 4));
		CHECK(encoded->info.quantizer == 8);
		CHECK(decode(&decoder, encoded->bytes, encoded->size, &params) > 38);
		free(encoded);
	}
	sc_vp8_end(&encoder);
	CHECK(vpx_codec_destroy(&decoder) == VPX_CODEC_OK);
	free(pixels);
}

// Encodes two seconds of noise, which does not compress well, at a new bitrate; returns the bytes of the second one.
static size_t second_of_noise(sc_vp8_s *encoder, uint8_t *pixels, int bitrate, int *step) {
	uint32_t state = 7;
	size_t bytes = 0;
	for (int frame = 0; frame < 60; ++frame, ++*step) {
		for (int at = 0; at < SIZE; ++at) {
			pixels[at] = (uint8_t)(100 + next_random(&state) % 24);
		}
		sc_vp8_params_s params = params_for(pixels, WIDTH, HEIGHT, *step);
		params.bitrate = bitrate;
		sc_vp8_frame_s *encoded = sc_vp8_encode(encoder, &params);
		CHECK(encoded != NULL && encoded->info.keyframe == (*step == 0));
		bytes += frame < 30 ? 0 : encoded->size;
		free(encoded);
	}
	return bytes;
}

static void test_bitrate(void) {
	uint8_t *pixels = malloc(SIZE);
	sc_vp8_s encoder;
	sc_vp8_init(&encoder, 0);
	int step = 0;
	static const int bitrates[] = { 1000000, 4000000, 500000 };
	for (int at = 0; at < 3; ++at) {
		const double wanted = bitrates[at] / 8.0;
		const double bytes = (double)second_of_noise(&encoder, pixels, bitrates[at], &step);
		CHECK(bytes > 0.6 * wanted && bytes < 1.4 * wanted);
	}
	sc_vp8_end(&encoder);
	free(pixels);
}

static void test_invalid_params(void) {
	uint8_t *pixels = calloc(1, SIZE);
	const sc_vp8_params_s good = params_for(pixels, WIDTH, HEIGHT, 0);
	sc_vp8_params_s bad[8];
	for (int at = 0; at < 8; ++at) {
		bad[at] = good;
	}
	bad[0].image.width = 0;
	bad[1].image.height = SC_VP8_MAX_SIDE + 1;
	bad[2].image.channels = 1;
	bad[3].bitrate = SC_VP8_MIN_BITRATE - 1;
	bad[4].bitrate = SC_VP8_MAX_BITRATE + 1;
	bad[5].image.size -= 1;
	bad[6].image.pixels = NULL;
	bad[7].image.height = -1;
	CHECK(sc_vp8_check(&good) == SC_OK);
	for (int at = 0; at < 8; ++at) {
		CHECK(sc_vp8_check(&bad[at]) < 0);
	}
	free(pixels);
}

static int submit(sc_pool_s *pool, sc_vp8_stream_s *stream, uint32_t id, const uint8_t *pixels, int keyframe) {
	return sc_vp8_submit(pool, stream, id, pixels, SIZE, WIDTH, HEIGHT, 3, 1, BITRATE, keyframe, (int64_t)id * FRAME_US);
}

enum { STREAMS = 3, FRAMES = 20 };

// Concurrent streams, each in order, and JPEG jobs, whose ids start at 1000.
static void test_pool(sc_signal_s *signal) {
	sc_pool_s *pool = sc_pool_create(2, signal);
	CHECK(pool != NULL);
	sc_vp8_stream_s *streams[STREAMS];
	vpx_codec_ctx_t decoders[STREAMS];
	uint8_t *pixels[STREAMS];
	for (int stream = 0; stream < STREAMS; ++stream) {
		streams[stream] = sc_vp8_stream_open(pool, 0);
		pixels[stream] = malloc(SIZE);
		CHECK(streams[stream] != NULL);
		CHECK(vpx_codec_dec_init(&decoders[stream], vpx_codec_vp8_dx(), NULL, 0) == VPX_CODEC_OK);
	}
	for (uint32_t frame = 0; frame < FRAMES; ++frame) {
		for (int stream = 0; stream < STREAMS; ++stream) {
			draw_stripes(pixels[stream], WIDTH, HEIGHT, (int)frame * (stream + 1));
			const uint32_t id = frame * STREAMS + (uint32_t)stream;
			CHECK(submit(pool, streams[stream], id, pixels[stream], 0) == SC_OK);
			CHECK(submit(pool, streams[stream], id, pixels[stream], 0) == SC_E_INVALID);
			CHECK(sc_vp8_stream_close(pool, streams[stream]) == SC_E_INVALID);
		}
		CHECK(sc_jpeg_submit(pool, 1000 + frame, pixels[0], SIZE, WIDTH, HEIGHT, 3, 1, 80, SC_TJ_SAMP_420, WIDTH, HEIGHT,
			frame % 2) == SC_OK);
		for (int job = 0; job <= STREAMS; ++job) {
			const sc_pool_result_s result = wait_for_job(pool, signal);
			CHECK(result.result == SC_OK && result.output != 0 && result.output_size > 0);
			uint8_t *bytes = malloc(result.output_size);
			if (result.id >= 1000) {
				CHECK(sc_jpeg_take((sc_jpeg_s *)(uintptr_t)result.output, bytes, result.output_size) == SC_OK);
				CHECK(bytes[0] == 0xFF && bytes[1] == 0xD8);
			} else {
				const int stream = (int)(result.id % STREAMS);
				sc_vp8_info_s info;
				CHECK(sc_vp8_take((sc_vp8_frame_s *)(uintptr_t)result.output, bytes, result.output_size, &info) == SC_OK);
				CHECK(result.id / STREAMS == frame && info.keyframe == (frame == 0) && info.encode_ms > 0);
				const sc_vp8_params_s params = params_for(pixels[stream], WIDTH, HEIGHT, 0);
				CHECK(decode(&decoders[stream], bytes, result.output_size, &params) > 25);
			}
			free(bytes);
		}
	}
	CHECK(sc_vp8_submit(pool, streams[0], 0, pixels[0], SIZE - 1, WIDTH, HEIGHT, 3, 1, BITRATE, 0, 0) == SC_E_TOO_SMALL);
	CHECK(sc_vp8_stream_close(pool, streams[1]) == SC_OK);
	// The pool is destroyed with a running job, a finished one that was not taken, and an idle stream.
	CHECK(submit(pool, streams[0], 0, pixels[0], 1) == SC_OK);
	wait_for_signal(signal);
	CHECK(submit(pool, streams[2], 1, pixels[2], 1) == SC_OK);
	sc_pool_destroy(pool);
	for (int stream = 0; stream < STREAMS; ++stream) {
		CHECK(vpx_codec_destroy(&decoders[stream]) == VPX_CODEC_OK);
		free(pixels[stream]);
	}
	forget_signals(signal);
}

int main(int argc, char **argv) {
	CHECK(argc == 2 && sc_turbojpeg_load(argv[1]) == SC_OK);
	sc_signal_s *signal = sc_signal_create(on_signal);
	CHECK(signal != NULL);
	test_i420();
	test_stream();
	test_film();
	test_bitrate();
	test_invalid_params();
	test_pool(signal);
	free(signal);
	puts("vp8: ok");
	return 0;
}
