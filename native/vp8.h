// A VP8 encoder for a view that is looked at while it moves: no frame waits for another, keyframes come when they are
// asked for and at no other time, and the bitrate may change from frame to frame. libvpx's realtime mode.
//
// It has state: each frame but a keyframe is a difference to the one before. One thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <vpx/vpx_encoder.h>

#include "scenecast.h"

#define SC_VP8_MAX_SIDE 16383 // 14 bits in the frame's header (RFC 6386, 9.1)
#define SC_VP8_MIN_BITRATE 50000
#define SC_VP8_MAX_BITRATE 100000000

// A picture to encode. Rows are tightly packed.
typedef struct {
	const uint8_t *pixels;
	uint64_t size;   // bytes behind `pixels`
	int width;
	int height;
	int channels;    // 3: RGB, 4: RGBA (alpha is ignored)
	int bottom_up;
	int bitrate;     // bit/s, on average
	int keyframe;    // 1: as one that needs no other; the first and one of another size are that anyway
	int64_t time_us; // of any clock
} sc_vp8_picture_s;

// An encoded frame.
typedef struct {
	size_t size;
	int32_t keyframe;
	int32_t quantizer; // 0 the finest to 63
	uint8_t bytes[];
} sc_vp8_frame_s;

typedef struct {
	vpx_codec_ctx_t codec;
	vpx_codec_enc_cfg_t config;
	vpx_image_t *image; // NULL before the first picture, and after one that could not be encoded
	int speed;          // libvpx' own, 0 before it was set
	int coarsest;       // quantizer that the next frame may have
	int quantizer;      // of the previous frame
	double saved;       // bytes that the frames so far left of their share of the bitrate; negative: took beyond it
	int64_t time_us;    // of the picture before
	int64_t stream_us;  // the same in the stream's own time, in which a pause is short
} sc_vp8_s;

// Says what is wrong with a picture, if something is.
int sc_vp8_check(const sc_vp8_picture_s *picture);

void sc_vp8_init(sc_vp8_s *encoder);
void sc_vp8_end(sc_vp8_s *encoder);

// Encodes a picture that was checked. The frame is the caller's to free(); NULL on error, after which the next begins a
// stream of its own.
sc_vp8_frame_s *sc_vp8_encode(sc_vp8_s *encoder, const sc_vp8_picture_s *picture);

// For callers outside: copies a frame to `out`, which has `capacity` bytes, and frees it.
SC_EXPORT int sc_vp8_take(sc_vp8_frame_s *frame, uint8_t *out, uint64_t capacity);
