// JPEG files as the library makes and reads them: a reusable encoder, and decoding in two steps (size, then pixels).
#pragma once

#include <stdbool.h>

#include "scenecast.h"
#include "turbojpeg.h"

#define SC_JPEG_MAX_SIDE 65500 // libjpeg's own limit

// A picture to encode. Rows are tightly packed. Pixels of another size than the JPEG's are scaled into it (scale.h).
typedef struct {
	const uint8_t *pixels;
	uint64_t size;    // bytes behind `pixels`
	int width;        // of the JPEG
	int height;
	int channels;     // 3: RGB, 4: RGBA (alpha is ignored)
	int bottom_up;
	int quality;      // 1..100
	int subsampling;  // SC_TJ_SAMP_*
	int restart_rows; // MCU rows between two restart markers; 0: no markers
	int pixels_width; // of the pixels; 0: the JPEG's size
	int pixels_height;
} sc_jpeg_picture_s;

typedef struct {
	void *handle;
	uint8_t *buffer;
	size_t capacity;
} sc_jpeg_encoder_s;

// Whether the pixels have another size than the JPEG.
bool sc_jpeg_is_scaled(const sc_jpeg_picture_s *picture);

int sc_jpeg_check(const sc_jpeg_picture_s *picture);

int sc_jpeg_encoder_init(sc_jpeg_encoder_s *encoder);
void sc_jpeg_encoder_destroy(sc_jpeg_encoder_s *encoder);

// Encodes a picture that is not scaled. The result is in the encoder's own buffer: it is the caller's to change, until the next call.
int sc_jpeg_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_picture_s *picture, uint8_t **jpeg, size_t *jpeg_size);

// Reads width and height into size[0] and size[1]; refuses more than `max_pixels`.
SC_EXPORT int sc_jpeg_read_size(const uint8_t *jpeg, uint64_t jpeg_size, uint64_t max_pixels, int32_t *size);

// Decodes to RGBA, top-down, into exactly width * height * 4 bytes.
SC_EXPORT int sc_jpeg_decode(const uint8_t *jpeg, uint64_t jpeg_size, uint8_t *pixels, uint64_t pixels_size);
