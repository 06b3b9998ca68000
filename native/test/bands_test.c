// Bands of an image and the JPEG made of them, for AddressSanitizer and UndefinedBehaviorSanitizer.
// Argument: the path of libturbojpeg.so.0.
#include <string.h>

#include "../error.h"
#include "../jpeg_bands.h"
#include "../scale.h"
#include "check.h"

typedef struct {
	uint8_t *bytes;
	uint64_t size;
} bytes_s;

static sc_jpeg_encoder_s shared_encoder;

// Noise over a gradient, in a block of its exact size.
static sc_jpeg_params_s make_params(int width, int height, int channels, int bottom_up, int subsampling) {
	const size_t size = (size_t)width * (size_t)height * (size_t)channels;
	uint8_t *pixels = malloc(size);
	CHECK(pixels != NULL);
	uint32_t random = 1;
	for (size_t at = 0; at < size; ++at) {
		random = random * 1664525 + 1013904223;
		pixels[at] = (uint8_t)(at * 200 / size + (random >> 27));
	}
	return (sc_jpeg_params_s){ { pixels, size, width, height, channels, bottom_up }, width, height, 85, subsampling, 0 };
}

// Encodes the whole image, with restart markers by the JPEG library.
static bytes_s encode_whole(sc_jpeg_params_s params, int restart_rows) {
	uint8_t *jpeg;
	size_t size;
	params.restart_rows = restart_rows;
	CHECK(sc_jpeg_encode(&shared_encoder, &params, &jpeg, &size) == SC_OK);
	const bytes_s copy = { malloc(size), size };
	memcpy(copy.bytes, jpeg, size);
	return copy;
}

static bytes_s encode_bands(const sc_jpeg_params_s *params, const sc_jpeg_bands_s *bands) {
	sc_jpeg_s *jpeg = calloc(1, sizeof(*jpeg));
	for (int index = bands->count - 1; index >= 0; --index) {
		CHECK(sc_jpeg_bands_encode(&shared_encoder, params, bands, index, jpeg) == SC_OK);
	}
	const uint64_t size = sc_jpeg_size(jpeg);
	const bytes_s joined = { malloc(size), size };
	CHECK(sc_jpeg_take(jpeg, joined.bytes, size - 1) == SC_E_TOO_SMALL);
	CHECK(sc_jpeg_take(jpeg, joined.bytes, size) == SC_OK);
	return joined;
}

static bool are_equal(bytes_s a, bytes_s b) { return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0; }

static bytes_s decode(bytes_s jpeg, const sc_jpeg_params_s *params) {
	int32_t size[2];
	CHECK(sc_jpeg_read_size(jpeg.bytes, jpeg.size, UINT64_MAX, size) == SC_OK);
	CHECK(size[0] == params->width && size[1] == params->height);
	const uint64_t pixels_size = (uint64_t)params->width * (uint64_t)params->height * 4;
	const bytes_s pixels = { malloc(pixels_size), pixels_size };
	CHECK(sc_jpeg_decode(jpeg.bytes, jpeg.size, pixels.bytes, pixels_size) == SC_OK);
	return pixels;
}

static void test_image(const sc_jpeg_params_s *params, int rows) {
	const sc_jpeg_bands_s bands = sc_jpeg_bands_of(params, rows);
	bytes_s reference = encode_whole(*params, bands.count > 1 ? rows : 0);
	bytes_s joined = encode_bands(params, &bands);
	CHECK(are_equal(joined, reference));
	bytes_s plain = encode_whole(*params, 0);
	CHECK(are_equal(joined, plain) == (bands.count == 1));
	bytes_s expected = decode(plain, params);
	bytes_s pixels = decode(joined, params);
	CHECK(are_equal(pixels, expected));
	free(plain.bytes);
	free(reference.bytes);
	free(joined.bytes);
	free(expected.bytes);
	free(pixels.bytes);
}

// Odd sizes, 1x1, one MCU row, one MCU column, more than eight bands (the marker numbers wrap).
static void test_images(void) {
	static const int sizes[][2] = { { 1, 1 }, { 1, 17 }, { 17, 1 }, { 16, 16 }, { 33, 31 }, { 640, 16 }, { 639, 17 },
		{ 47, 129 }, { 9, 400 }, { 101, 255 } };
	int max_bands = 0;
	for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); ++size) {
		for (int variant = 0; variant < 12; ++variant) {
			const sc_jpeg_params_s params = make_params(sizes[size][0], sizes[size][1], 3 + variant % 2,
				variant / 2 % 2, variant / 4);
			for (int rows = 1; rows < 6; ++rows) {
				test_image(&params, rows);
				const int count = sc_jpeg_bands_of(&params, rows).count;
				max_bands = count > max_bands ? count : max_bands;
			}
			free((uint8_t *)params.image.pixels);
		}
	}
	CHECK(max_bands > 16);
}

static void test_plan(void) {
	static const int sides[] = { 1, 15, 16, 17, 255, 256, 480, 640, 721, 1080, 1920, 2160, 3840, 8192, 16384, 65500 };
	enum { SIDES = sizeof(sides) / sizeof(sides[0]) };
	for (int number = 0; number < SIDES * SIDES * 3 * 18; ++number) {
		const int threads = number % 18 - 1;
		const int subsampling = number / 18 % 3;
		const sc_jpeg_params_s params = { .width = sides[number / 54 % SIDES], .height = sides[number / 54 / SIDES],
			.subsampling = subsampling };
		const int mcu_width = subsampling == SC_TJ_SAMP_444 ? 8 : 16;
		const int mcu_height = subsampling == SC_TJ_SAMP_420 ? 16 : 8;
		const int rows = (params.height + mcu_height - 1) / mcu_height;
		const int columns = (params.width + mcu_width - 1) / mcu_width;
		const sc_jpeg_bands_s bands = sc_jpeg_bands_for(&params, threads);
		CHECK(bands.count >= 1 && bands.count <= SC_JPEG_MAX_BANDS);
		CHECK((bands.count - 1) * bands.rows < rows && bands.count * bands.rows >= rows);
		CHECK(bands.count == 1 || bands.rows * columns <= 65535);
		CHECK(bands.count == 1 || threads > 1);
		CHECK(bands.count == 1 || params.width * (int64_t)params.height >= 2 * 65536);
		CHECK(bands.count >= threads || threads > 8 || params.width != 1920 || params.height != 1080);
		CHECK(bands.count >= threads || params.width != 3840 || params.height != 2160);
	}
	const sc_jpeg_params_s tall = { .width = 1, .height = 1024, .subsampling = SC_TJ_SAMP_420 };
	CHECK(sc_jpeg_bands_of(&tall, 1).count == 64);
	const sc_jpeg_params_s taller = { .width = 1, .height = 1025, .subsampling = SC_TJ_SAMP_420 };
	CHECK(sc_jpeg_bands_of(&taller, 1).count == 1);
	// 8188 MCUs per row: a restart interval has 8 rows at most.
	const sc_jpeg_params_s wide = { .width = 65500, .height = 160, .subsampling = SC_TJ_SAMP_444 };
	CHECK(sc_jpeg_bands_of(&wide, 20).rows == 8 && sc_jpeg_bands_of(&wide, 20).count == 3);
}

// Files that no JPEG library writes, in blocks of their exact size, so that reads beyond the end are detected.
static const uint8_t *invalid;
static size_t invalid_size;

static int compress_invalid(void *handle, const uint8_t *pixels, int width, int pitch, int height, int format,
	uint8_t **jpeg, size_t *jpeg_size) {
	(void)handle, (void)pixels, (void)width, (void)pitch, (void)height, (void)format;
	*jpeg = (uint8_t *)invalid;
	*jpeg_size = invalid_size;
	return 0;
}

static void test_invalid_library(void) {
	static const uint8_t files[][16] = {
		{ 0xFF, 0xD8, 0xFF, 0xD9 },
		{ 0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xD9 },            // a segment too long
		{ 0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xD9 },                  // no height
		{ 0xFF, 0xD8, 0xFF, 0xC0, 0, 8, 8, 0, 1, 0, 1, 0, 0, 0, 0xFF, 0xD9 },                  // no scan
		{ 0xFF, 0xD8, 0xFF, 0xC0, 0, 6, 8, 0, 1, 0, 0xFF, 0xDA, 0, 2, 0xFF, 0xD8 },            // no end
		{ 0xFF, 0xD8, 0xFF, 0xC0, 0, 6, 8, 0, 1, 0, 0xFF, 0xDA, 0, 4, 0xFF, 0xD9 },            // an end inside a segment
		{ 0xFF, 0xD8, 0xFF, 0xE0, 0, 6, 8, 0, 1, 0, 0xFF, 0xC0, 0, 2, 0xFF, 0xDA },            // a scan of no length
	};
	sc_turbojpeg_s *functions = (sc_turbojpeg_s *)(uintptr_t)sc_turbojpeg();
	const sc_turbojpeg_s original = *functions;
	const sc_jpeg_params_s params = make_params(16, 64, 3, 0, SC_TJ_SAMP_420);
	const sc_jpeg_bands_s bands = sc_jpeg_bands_of(&params, 1);
	sc_jpeg_s jpeg = { 0 };
	functions->compress = compress_invalid;
	for (size_t number = 0; number < sizeof(files) / sizeof(files[0]); ++number) {
		for (invalid_size = 0; invalid_size <= sizeof(files[0]); ++invalid_size) {
			uint8_t *file = malloc(invalid_size > 0 ? invalid_size : 1);
			memcpy(file, files[number], invalid_size);
			invalid = file;
			CHECK(sc_jpeg_bands_encode(&shared_encoder, &params, &bands, 1, &jpeg) == SC_E_CORRUPT);
			free(file);
		}
	}
	*functions = original;
	CHECK(jpeg.pieces[1].bytes == NULL);
	free((uint8_t *)params.image.pixels);
}

// Scaling band by band gives the same JPEG as scaling the whole image before encoding.
static void test_scaled_image(const sc_jpeg_params_s *source, int width, int height) {
	sc_jpeg_params_s scaled = *source;
	scaled.width = width;
	scaled.height = height;
	CHECK(sc_jpeg_check(&scaled) == SC_OK);
	const sc_jpeg_bands_s bands = sc_jpeg_bands_of(&scaled, 1);
	bytes_s joined = encode_bands(&scaled, &bands);
	const size_t size = (size_t)width * (size_t)height * 3;
	uint8_t *pixels = malloc(size);
	CHECK(sc_scale_rows(&source->image, width, height, 0, height, pixels) == SC_OK);
	const sc_jpeg_params_s whole
		= { { pixels, size, width, height, 3, 0 }, width, height, 85, source->subsampling, 0 };
	bytes_s reference = encode_whole(whole, bands.count > 1 ? 1 : 0);
	CHECK(are_equal(joined, reference) || (width == source->width && height == source->height));
	free(joined.bytes);
	free(reference.bytes);
	free(pixels);
}

static void test_scaled_images(void) {
	static const int sizes[][2] = { { 1, 1 }, { 1, 70 }, { 70, 1 }, { 16, 16 }, { 33, 31 }, { 64, 48 }, { 101, 255 } };
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
	for (int number = 0; number < SIZES * SIZES; ++number) {
		const int *from = sizes[number % SIZES];
		const int *to = sizes[number / SIZES];
		const sc_jpeg_params_s params
			= make_params(from[0], from[1], 3 + number % 2, number / 2 % 2, number % 3);
		test_scaled_image(&params, to[0], to[1]);
		free((uint8_t *)params.image.pixels);
	}
}

// An image of one color keeps it, between black bars.
static void test_letterbox(void) {
	enum { SIDE = 12, WIDTH = 50, HEIGHT = 20 };
	uint8_t pixels[SIDE * SIDE * 4];
	memset(pixels, 200, sizeof(pixels));
	const sc_image_s source = { pixels, sizeof(pixels), SIDE, SIDE, 4, 1 };
	uint8_t rgb[WIDTH * HEIGHT * 3];
	CHECK(sc_scale_rows(&source, WIDTH, HEIGHT, 0, HEIGHT, rgb) == SC_OK);
	for (int at = 0; at < WIDTH * HEIGHT * 3; ++at) {
		const int column = at / 3 % WIDTH;
		CHECK(rgb[at] == (column >= 15 && column < 35 ? 200 : 0));
	}
}

int main(int argc, char **argv) {
	CHECK(argc == 2 && sc_turbojpeg_load(argv[1]) == SC_OK);
	CHECK(sc_jpeg_encoder_init(&shared_encoder) == SC_OK);
	test_plan();
	test_images();
	test_scaled_images();
	test_letterbox();
	test_invalid_library();
	sc_jpeg_encoder_destroy(&shared_encoder);
	puts("bands: ok");
	return 0;
}
