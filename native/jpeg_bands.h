// One picture as bands of whole MCU rows that are encoded at the same time, and the one JPEG that they make.
//
// Behind a restart marker a scan goes on as it begins: at a byte's border, DC predictions being 0 (ITU-T T.81, E.1.4).
// So the scans of the bands, each encoded as a picture of its own, with restart markers between them and under the
// first band's header with the whole height, are to the byte what the encoder makes of the whole picture with that
// restart interval, and the pixels are those of the picture without any.
#pragma once

#include "jpeg.h"

#define SC_JPEG_MAX_BANDS 64

typedef struct {
	int count; // 1: the picture as it is, without restart markers
	int rows;  // MCU rows of each band, the last may have fewer
} sc_jpeg_bands_s;

// A JPEG as pieces that follow each other: one a band.
typedef struct {
	struct {
		uint8_t *bytes;
		size_t size;
	} pieces[SC_JPEG_MAX_BANDS];
} sc_jpeg_s;

// Bands of `rows` MCU rows, or of as many as a restart interval can have; a single one when there would be too many.
sc_jpeg_bands_s sc_jpeg_bands_of(const sc_jpeg_picture_s *picture, int rows);

// Bands for `threads` threads; a single one when cutting would not make it faster.
sc_jpeg_bands_s sc_jpeg_bands_for(const sc_jpeg_picture_s *picture, int threads);

sc_jpeg_s *sc_jpeg_create(void); // NULL when there is no memory
void sc_jpeg_destroy(sc_jpeg_s *jpeg);
uint64_t sc_jpeg_size(const sc_jpeg_s *jpeg); // bytes of all pieces

// Encodes band `index` of a picture that was checked, into jpeg->pieces[index].
int sc_jpeg_bands_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_picture_s *picture, const sc_jpeg_bands_s *bands,
	int index, sc_jpeg_s *jpeg);

// For callers outside: encodes now, on the calling thread, as one band. NULL on error.
SC_EXPORT sc_jpeg_s *sc_jpeg_encode_now(const uint8_t *pixels, uint64_t size, int width, int height, int channels,
	int bottom_up, int quality, int subsampling, uint64_t *jpeg_size);

// Puts the pieces together in `out`, which has `capacity` bytes, and destroys the JPEG.
SC_EXPORT int sc_jpeg_take(sc_jpeg_s *jpeg, uint8_t *out, uint64_t capacity);
