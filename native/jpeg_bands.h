// Encoding one JPEG in bands: horizontal strips of whole MCU rows, encoded in parallel and then joined.
//
// A scan continues after a restart marker as it begins: at a byte boundary, with DC predictions of 0 (ITU-T T.81, E.1.4). Each
// band is therefore encoded as an image of its own. Their scans, joined by restart markers under the first band's header with the
// full height, equal the encoder's output for the whole image with that restart interval, byte for byte; the pixels are those of
// the image encoded without.
#pragma once

#include "jpeg.h"

#define SC_JPEG_MAX_BANDS 64

typedef struct {
	int count; // 1: no restart markers
	int rows;  // MCU rows of each band; the last may have fewer
} sc_jpeg_bands_s;

// A JPEG in consecutive pieces, one per band.
typedef struct {
	struct {
		uint8_t *bytes;
		size_t size;
	} pieces[SC_JPEG_MAX_BANDS];
} sc_jpeg_s;

// Bands of `rows` MCU rows, or of as many as a restart interval can have; a single one if there would be too many.
sc_jpeg_bands_s sc_jpeg_bands_of(const sc_jpeg_params_s *params, int rows);

// Bands for `threads` threads; a single one if more would not be faster.
sc_jpeg_bands_s sc_jpeg_bands_for(const sc_jpeg_params_s *params, int threads);

sc_jpeg_s *sc_jpeg_create(void); // NULL if there is no memory
void sc_jpeg_destroy(sc_jpeg_s *jpeg);
uint64_t sc_jpeg_size(const sc_jpeg_s *jpeg); // bytes of all pieces

// Encodes band `index` into jpeg->pieces[index]. The parameters must have been checked.
int sc_jpeg_bands_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_params_s *params, const sc_jpeg_bands_s *bands,
	int index, sc_jpeg_s *jpeg);

// Encodes on the calling thread, as one band. NULL on error.
SC_EXPORT sc_jpeg_s *sc_jpeg_encode_sync(const uint8_t *pixels, uint64_t size, int width, int height, int channels,
	int bottom_up, int quality, int subsampling, uint64_t *jpeg_size);

// Joins the pieces in `out`, which has `capacity` bytes, and destroys the JPEG.
SC_EXPORT int sc_jpeg_take(sc_jpeg_s *jpeg, uint8_t *out, uint64_t capacity);
