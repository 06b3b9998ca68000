// libFuzzer target, with ASan and UBSan, for the C entry points that take untrusted bytes. The first byte selects one; the next are its
// parameters.
//
//   clang -std=gnu11 -g -O1 -mcx16 -pthread -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -iquote native -o /tmp/fuzz
//     scripts/fuzz/native.c native/*.c -l:libvpx.a -lm -ldl
//   TURBOJPEG=build/native/libturbojpeg.so.0 /tmp/fuzz -max_len=4096 -max_total_time=600 corpus/
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame_copy.h"
#include "head_tail.h"
#include "i420.h"
#include "jpeg.h"
#include "jpeg_bands.h"
#include "pixels.h"
#include "scale.h"
#include "shm.h"
#include "turbojpeg.h"
#include "vp8.h"

#define MAX_PIXELS (1 << 18)

typedef struct {
	const uint8_t *bytes;
	size_t size;
} input_s;

static uint64_t take(input_s *input, size_t count) {
	uint64_t value = 0;
	for (size_t i = 0; i < count && input->size > 0; i++, input->bytes++, input->size--) {
		value = value << 8 | *input->bytes;
	}
	return value;
}

// Memory of exactly this size, so that ASan detects overruns, filled with the rest of the input, repeated.
static uint8_t *fill(const input_s *input, size_t size) {
	uint8_t *memory = malloc(size == 0 ? 1 : size);
	for (size_t i = 0; i < size; i++) {
		memory[i] = input->size > 0 ? input->bytes[i % input->size] : 0;
	}
	return memory;
}

static void decode_jpeg(input_s *input) {
	uint8_t *jpeg = fill(input, input->size);
	int32_t size[2] = {0, 0};
	if (sc_jpeg_read_size(jpeg, input->size, MAX_PIXELS, size) == 0) {
		const uint64_t bytes = (uint64_t)size[0] * (uint64_t)size[1] * 4;
		uint8_t *pixels = malloc(bytes);
		sc_jpeg_decode(jpeg, input->size, pixels, bytes);
		free(pixels);
		uint8_t small[16];
		sc_jpeg_decode(jpeg, input->size, small, sizeof(small));
	}
	free(jpeg);
}

// Size of the pixel buffer, bytes: the correct one in three of four cases, else arbitrary.
static uint64_t bytes_of(input_s *input, int width, int height, int channels) {
	const uint64_t right = (uint64_t)width * (uint64_t)height * (uint64_t)channels;
	return take(input, 1) % 4 == 0 ? take(input, 2) : right;
}

static void encode_jpeg(input_s *input) {
	const int width = (int)take(input, 2) % 700 - 10;
	const int height = (int)take(input, 2) % 300 - 10;
	const int channels = (int)take(input, 1) % 6;
	const int bottom_up = (int)take(input, 1) % 3;
	const int quality = (int)take(input, 1) - 5;
	const int subsampling = (int)take(input, 1) % 9 - 1;
	uint64_t size = bytes_of(input, width > 0 ? width : 1, height > 0 ? height : 1, channels);
	uint8_t *pixels = fill(input, size);
	uint64_t jpeg_size = 0;
	sc_jpeg_s *jpeg = sc_jpeg_encode_sync(pixels, size, width, height, channels, bottom_up, quality, subsampling, &jpeg_size);
	if (jpeg != NULL) {
		uint8_t *out = malloc(jpeg_size);
		if (sc_jpeg_take(jpeg, out, jpeg_size) != 0) {
			abort();
		}
		free(out);
	}
	free(pixels);
}

static void scale(input_s *input) {
	sc_image_s source = {
		.width = 1 + (int)take(input, 2) % 500,
		.height = 1 + (int)take(input, 2) % 300,
		.channels = 3 + (int)take(input, 1) % 2,
		.bottom_up = (int)take(input, 1) % 2,
	};
	const int width = 1 + (int)take(input, 2) % 500;
	const int height = 1 + (int)take(input, 2) % 300;
	const int first = (int)(take(input, 2) % (uint64_t)height);
	const int count = 1 + (int)(take(input, 2) % (uint64_t)(height - first));
	uint8_t *pixels = fill(input, (size_t)source.width * (size_t)source.height * (size_t)source.channels);
	source.pixels = pixels;
	uint8_t *rgb = malloc((size_t)width * (size_t)count * 3);
	sc_scale_rows(&source, width, height, first, count, rgb);
	free(rgb);
	free(pixels);
}

static void convert(input_s *input) {
	const int width = (int)take(input, 2) % 600 - 5;
	const int height = (int)take(input, 2) % 300 - 5;
	const int channels = (int)take(input, 1) % 6;
	const int bottom_up = (int)take(input, 1) % 3;
	const uint64_t size = bytes_of(input, width > 0 ? width : 1, height > 0 ? height : 1, channels);
	const uint64_t capacity = take(input, 1) % 2 ? size * 2 : take(input, 2);
	uint8_t *pixels = fill(input, size);
	uint8_t *out = malloc(capacity == 0 ? 1 : capacity);
	sc_i420_from_pixels(pixels, size, width, height, channels, bottom_up, out, capacity);
	sc_pixels_pack_rgb(out, capacity, pixels, size, (uint32_t)take(input, 2), (uint32_t)take(input, 2));
	sc_pixels_pack_rgb(out, capacity, pixels, size, (uint32_t)take(input, 4), (uint32_t)take(input, 4));
	free(out);
	free(pixels);
}

// Encodes three frames of one stream with changing size and bitrate.
static void encode_vp8(input_s *input) {
	sc_vp8_s encoder;
	sc_vp8_init(&encoder, 0);
	int64_t time_us = 0;
	for (int frame = 0; frame < 3; frame++) {
		time_us += (int64_t)take(input, 3);
		sc_vp8_params_s params = {
			.image = {
				.width = (int)take(input, 1) - 3,
				.height = (int)take(input, 1) - 3,
				.channels = (int)take(input, 1) % 6,
				.bottom_up = (int)take(input, 1) % 3,
			},
			.bitrate = (int)take(input, 4),
			.keyframe = (int)take(input, 1) % 3,
			.time_us = time_us,
		};
		sc_image_s *image = &params.image;
		image->size = bytes_of(input, image->width > 0 ? image->width : 1, image->height > 0 ? image->height : 1, image->channels);
		uint8_t *pixels = fill(input, image->size);
		image->pixels = pixels;
		if (sc_vp8_check(&params) == 0) {
			free(sc_vp8_encode(&encoder, &params));
		}
		free(pixels);
	}
	sc_vp8_end(&encoder);
}

// Copies from segments that another program may have truncated, at offsets and indices that it wrote.
static void copy(input_s *input) {
	sc_shm_s *image = sc_shm_create("scenecast_fuzz", 1 + take(input, 2));
	sc_shm_s *info = sc_shm_create("scenecast_fuzz", 16 + take(input, 1));
	if (image == NULL || info == NULL) {
		abort();
	}
	for (size_t i = 0; i < info->size; i++) {
		((uint8_t *)info->address)[i] = (uint8_t)take(input, 1);
	}
	char path[SC_SHM_MAX_NAME + sizeof(SC_SHM_DIRECTORY) + 2];
	snprintf(path, sizeof(path), "%s/%s", SC_SHM_DIRECTORY, sc_shm_name(image));
	const int how = (int)take(input, 1);
	if (how % 3 == 0 && truncate(path, (off_t)take(input, 2)) != 0) {
		abort();
	}
	const uint64_t length = take(input, 2);
	const uint64_t offset = how % 5 == 0 ? take(input, 8) : take(input, 2) % 64;
	const uint64_t capacity = how % 7 == 0 ? take(input, 2) : length;
	uint8_t *out = malloc(capacity == 0 ? 1 : capacity);
	memset(out, 0, capacity == 0 ? 1 : capacity);
	sc_copy_sequenced(out, capacity, image, offset, length, info, take(input, 1 + how % 8));
	sc_copy_indexed(out, capacity, image, offset, length, info, take(input, 1), take(input, 1), (uint32_t)take(input, 1) % 5,
		(uint32_t)take(input, 1) % 5);
	sc_head_tail_replace(info, (int32_t)take(input, 4), (int32_t)take(input, 4), (int32_t)take(input, 4), 1, 2);
	sc_shm_is_current(image);
	sc_shm_is_abandoned(image);
	free(out);
	char name[300];
	const size_t name_size = input->size < sizeof(name) - 1 ? input->size : sizeof(name) - 1;
	memcpy(name, input->bytes, name_size);
	name[name_size] = '\0';
	sc_shm_s *other = sc_shm_attach(name, take(input, 3), how % 2);
	if (other != NULL) {
		sc_shm_close(other);
	}
	sc_shm_unlink(image);
	sc_shm_unlink(info);
	sc_shm_close(image);
	sc_shm_close(info);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
	(void)argc;
	(void)argv;
	const char *path = getenv("TURBOJPEG");
	if (path == NULL || sc_turbojpeg_load(path) != 0) {
		fprintf(stderr, "Set TURBOJPEG to build/native/libturbojpeg.so.0.\n");
		exit(2);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	static void (*const targets[])(input_s *) = {decode_jpeg, encode_jpeg, scale, convert, encode_vp8, copy};
	input_s input = {bytes, size};
	targets[take(&input, 1) % (sizeof(targets) / sizeof(targets[0]))](&input);
	return 0;
}
