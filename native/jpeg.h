// JPEG by libjpeg-turbo: a reusable encoder, and decoding in two steps (size, then pixels).
#pragma once

#include <stdbool.h>

#include "image.h"
#include "turbojpeg.h"

#define SC_JPEG_MAX_SIDE 65500 // libjpeg's limit, px

// Input of one encoding. An image of another size than the JPEG is scaled to fit (scale.h).
typedef struct {
	sc_image_s image;
	int width;        // of the JPEG, px
	int height;
	int quality;      // 1 to 100
	int subsampling;  // SC_TJ_SAMP_*
	int restart_rows; // MCU rows between two restart markers; 0: no markers
} sc_jpeg_params_s;

typedef struct {
	void *handle;
	uint8_t *buffer;
	size_t capacity;
} sc_jpeg_encoder_s;

// Whether the image has another size than the JPEG.
bool sc_jpeg_is_scaled(const sc_jpeg_params_s *params);

// Checks the parameters; the other functions require valid ones.
int sc_jpeg_check(const sc_jpeg_params_s *params);

int sc_jpeg_encoder_init(sc_jpeg_encoder_s *encoder);
void sc_jpeg_encoder_destroy(sc_jpeg_encoder_s *encoder);

// Encodes an image that is not scaled. The result is in the encoder's own buffer, which the caller may modify until the next call.
int sc_jpeg_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_params_s *params, uint8_t **jpeg, size_t *jpeg_size);

// Reads width and height into size[0] and size[1]. SC_E_INVALID for more than `max_pixels`.
SC_EXPORT int sc_jpeg_read_size(const uint8_t *jpeg, uint64_t jpeg_size, uint64_t max_pixels, int32_t *size);

// Decodes to RGBA, top-down, into exactly width * height * 4 bytes.
SC_EXPORT int sc_jpeg_decode(const uint8_t *jpeg, uint64_t jpeg_size, uint8_t *pixels, uint64_t pixels_size);
