// A VP8 encoder. Keyframes only on request, and no lookahead: each image gives one frame. By default for low latency (libvpx's realtime
// mode), with a bitrate that may change from frame to frame; with a quantizer for films (its good mode), with a constant quality. The
// frames of a film depend on nothing but the images: not on time, nor on the number of cores.
//
// It has state: each frame but a keyframe refers to the one before. For use by one thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <vpx/vpx_encoder.h>

#include "image.h"

#define SC_VP8_MAX_SIDE 16383 // px; 14 bits in the frame header (RFC 6386, 9.1)
#define SC_VP8_MIN_BITRATE 50000
#define SC_VP8_MAX_BITRATE 100000000
#define SC_VP8_MAX_QUANTIZER 63

// Input of one encoding.
typedef struct {
	sc_image_s image;
	int bitrate;     // bit/s, on average; of a film it has no effect
	int keyframe;    // 1: as a keyframe; the first frame and one of another size always are
	int64_t time_us; // presentation time, of any clock
} sc_vp8_params_s;

// Read by src/native/symbols.ts at these offsets.
typedef struct {
	int32_t keyframe;
	int32_t quantizer; // 0 (the finest) to 63
	double encode_ms;  // set by vp8_job.c, without waiting for a thread
} sc_vp8_info_s;

_Static_assert(offsetof(sc_vp8_info_s, quantizer) == 4 && offsetof(sc_vp8_info_s, encode_ms) == 8
	&& sizeof(sc_vp8_info_s) == 16, "VP8_INFO in src/native/symbols.ts");

// An encoded frame.
typedef struct {
	size_t size;
	sc_vp8_info_s info;
	uint8_t bytes[];
} sc_vp8_frame_s;

typedef struct {
	vpx_codec_ctx_t codec;
	vpx_codec_enc_cfg_t config;
	vpx_image_t *image; // NULL before the first frame, and after a failure
	int speed;          // libvpx' CPUUSED, 0 before it was set
	int film_quantizer; // of all frames; 0: by the bitrate. Kept by sc_vp8_end
	int max_quantizer;  // of the next frame
	int quantizer;      // of the previous frame
	double unused_bytes; // of the frames' byte budgets; negative: exceeded
	int64_t time_us;    // presentation time of the previous frame
	int64_t stream_us;  // the same on the encoder's clock, where pauses are shortened
} sc_vp8_s;

// Checks the parameters; sc_vp8_encode requires valid ones.
int sc_vp8_check(const sc_vp8_params_s *params);

// `film_quantizer`: 1 (the finest) to 63 for a film; 0 for low latency.
void sc_vp8_init(sc_vp8_s *encoder, int film_quantizer);
void sc_vp8_end(sc_vp8_s *encoder);

// Encodes a frame, which the caller frees with free(). NULL on error; the next frame then begins a new stream.
sc_vp8_frame_s *sc_vp8_encode(sc_vp8_s *encoder, const sc_vp8_params_s *params);

// Copies a frame to `out`, which has `capacity` bytes, and its properties to `info`, and frees it.
SC_EXPORT int sc_vp8_take(sc_vp8_frame_s *frame, uint8_t *out, uint64_t capacity, sc_vp8_info_s *info);
