#include "vp8.h"

#include <malloc.h>
#include <string.h>
#include <vpx/vp8cx.h>

#include "error.h"
#include "i420.h"

// libvpx' realtime speed, fixed by the sign: without it the encoder slows down until it fills the time between two frames.
// Bundles of lines that turn by 90 degrees a second, 1280x720 at 4 Mbit/s: -12 has 0.9 dB less in 10 % less time, -6 has 0.1 dB
// more in 15 % more. Where there are many bits the time counts more: a grained picture at 20 Mbit/s takes most of a frame's.
#define _SPEED -8
#define _SPEED_OF_MANY_BITS -12
#define _MANY_BITS 8000000
// Threads of libvpx' own. They wait in a loop: two took no less time on two cores, and 180 ms where another program had one.
#define _THREADS 1
// ms of the bitrate: how much the encoder may be ahead of it. A keyframe is made up for in half a second; with 600 in one.
#define _BUFFER_MS 300
// A keyframe may have so many per cent of a frame's share.
#define _KEYFRAME_PERCENT 450
// Frames per second assumed for the byte budget of a frame before the actual rate is known.
#define NOMINAL_FRAME_RATE 30
#define _FINEST 4
#define _COARSEST 56
// Maximum quantizer of the first frame of a stream, if the frame then fits the byte budget of a keyframe. libvpx expects camera
// pictures and chooses the coarsest allowed. With 40 the chroma of a dark background was lost: (20, 23, 28) was (22, 22, 22) until
// later frames were finer. The first frame of a mesh has 13 instead of 7 kB, of line bundles 33 instead of 18 ...
#define FIRST_FINE_QUANTIZER 16
// ... and of a grainy picture 170 instead of 46, which exceeds the budget: that one is encoded again with this maximum.
#define _FIRST_COARSEST 40
// bit/s: with less it may be as coarse as any, or it would take a link of 0.3 Mbit/s 700 ms.
#define _LOW_BITRATE 1000000
// libvpx goes from coarse to fine in 20 frames. A frame that has less than half of its share of the bitrate lets the next be no
// coarser than a sixth finer, which may double its bytes.
#define _FINER(quantizer) ((quantizer) * 5 / 6)
// One that is small because the one before it was too large does not count: of so many frames' shares something must be left.
#define _MOST_SAVED 1
// A pause is no more than that to the rate control, which would otherwise save up for it.
#define _MAX_STEP_US 100000
#define _MIN_STEP_US 1000
// Blocks from this size on go back to the system when they are freed; a frame's bytes are fewer.
#define _LARGE_BYTES (1 << 20)

int sc_vp8_check(const sc_vp8_picture_s *picture) {
	if (picture->width < 1 || picture->height < 1
		|| picture->width > SC_VP8_MAX_SIDE || picture->height > SC_VP8_MAX_SIDE) {
		return sc_fail(SC_E_INVALID, "a picture of %dx%d cannot be VP8: each side must be 1 to %d", picture->width,
			picture->height, SC_VP8_MAX_SIDE);
	}
	if (picture->channels != 3 && picture->channels != 4) {
		return sc_fail(SC_E_INVALID, "a picture has 3 or 4 bytes a pixel, not %d", picture->channels);
	}
	if (picture->bitrate < SC_VP8_MIN_BITRATE || picture->bitrate > SC_VP8_MAX_BITRATE) {
		return sc_fail(SC_E_INVALID, "a bitrate is %d to %d bit/s, not %d", SC_VP8_MIN_BITRATE, SC_VP8_MAX_BITRATE,
			picture->bitrate);
	}
	const uint64_t needed = (uint64_t)picture->width * (uint64_t)picture->height * (uint64_t)picture->channels;
	if (picture->pixels == NULL || picture->size < needed) {
		return sc_fail(SC_E_TOO_SMALL, "%dx%d with %d bytes a pixel needs %llu bytes, %llu were given", picture->width,
			picture->height, picture->channels, (unsigned long long)needed, (unsigned long long)picture->size);
	}
	return SC_OK;
}

static int _fail(sc_vp8_s *encoder, const char *what) {
	const char *detail = vpx_codec_error_detail(&encoder->codec);
	return sc_fail(SC_E_SYSTEM, "%s: %s%s%s", what, vpx_codec_error(&encoder->codec), detail != NULL ? ", " : "",
		detail != NULL ? detail : "");
}

void sc_vp8_init(sc_vp8_s *encoder) { memset(encoder, 0, sizeof(*encoder)); }

void sc_vp8_end(sc_vp8_s *encoder) {
	if (encoder->image != NULL) {
		vpx_codec_destroy(&encoder->codec);
		vpx_img_free(encoder->image);
	}
	sc_vp8_init(encoder);
}


static int _open(sc_vp8_s *encoder, const sc_vp8_picture_s *picture, int coarsest) {
	// Without, glibc keeps what an encoder had, 33 MiB at 720p, for each thread of the pool that opened one.
	mallopt(M_MMAP_THRESHOLD, _LARGE_BYTES);
	vpx_codec_enc_cfg_t *config = &encoder->config;
	if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), config, 0) != VPX_CODEC_OK) {
		return sc_fail(SC_E_SYSTEM, "no VP8 encoder");
	}
	config->g_w = (unsigned int)picture->width;
	config->g_h = (unsigned int)picture->height;
	config->g_threads = _THREADS;
	config->g_timebase = (vpx_rational_t){ 1, 1000000 };
	// A lost frame then spoils no probabilities; without, a moving scene has a seventh less bytes at 4 Mbit/s, and 1 dB less
	// at 1.2.
	config->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
	config->g_lag_in_frames = 0;
	config->rc_end_usage = VPX_CBR;
	config->rc_dropframe_thresh = 0;
	config->rc_resize_allowed = 0;
	config->rc_undershoot_pct = 100;
	// What was saved is not spent later: with 15 % a picture that has become difficult had a tenth more than the bitrate for seconds.
	config->rc_overshoot_pct = 0;
	config->rc_buf_sz = _BUFFER_MS;
	config->rc_buf_initial_sz = _BUFFER_MS / 2;
	config->rc_buf_optimal_sz = _BUFFER_MS * 6 / 10;
	config->kf_mode = VPX_KF_DISABLED;
	config->rc_target_bitrate = (unsigned int)(picture->bitrate / 1000);
	config->rc_min_quantizer = _FINEST;
	encoder->coarsest = coarsest;
	config->rc_max_quantizer = (unsigned int)encoder->coarsest;
	if (vpx_codec_enc_init(&encoder->codec, vpx_codec_vp8_cx(), config, 0) != VPX_CODEC_OK) {
		return _fail(encoder, "no VP8 encoder");
	}
	encoder->image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, (unsigned int)picture->width, (unsigned int)picture->height, 16);
	if (encoder->image == NULL) {
		vpx_codec_destroy(&encoder->codec);
		return sc_fail(SC_E_SYSTEM, "no memory for a picture of %dx%d", picture->width, picture->height);
	}
	encoder->time_us = picture->time_us;
	encoder->stream_us = 0;
	encoder->saved = 0;
	vpx_codec_control(&encoder->codec, VP8E_SET_SCREEN_CONTENT_MODE, 1);
	vpx_codec_control(&encoder->codec, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
	vpx_codec_control(&encoder->codec, VP8E_SET_STATIC_THRESHOLD, 1);
	vpx_codec_control(&encoder->codec, VP8E_SET_NOISE_SENSITIVITY, 0);
	vpx_codec_control(&encoder->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, _KEYFRAME_PERCENT);
	return SC_OK;
}

static bool _continues(const sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	return encoder->image != NULL && encoder->config.g_w == (unsigned int)picture->width
		&& encoder->config.g_h == (unsigned int)picture->height;
}

static int _adjust(sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	vpx_codec_enc_cfg_t *config = &encoder->config;
	const int speed = picture->bitrate > _MANY_BITS ? _SPEED_OF_MANY_BITS : _SPEED;
	if (encoder->speed != speed) {
		vpx_codec_control(&encoder->codec, VP8E_SET_CPUUSED, speed);
		encoder->speed = speed;
	}
	const unsigned int kilobits = (unsigned int)(picture->bitrate / 1000);
	const unsigned int coarsest = (unsigned int)encoder->coarsest;
	if (config->rc_target_bitrate == kilobits && config->rc_max_quantizer == coarsest) {
		return SC_OK;
	}
	config->rc_target_bitrate = kilobits;
	config->rc_max_quantizer = coarsest;
	return vpx_codec_enc_config_set(&encoder->codec, config) == VPX_CODEC_OK ? SC_OK
		: _fail(encoder, "the VP8 encoder does not take the bitrate");
}

static int begin_stream(sc_vp8_s *encoder, const sc_vp8_picture_s *picture, int coarsest) {
	sc_vp8_end(encoder);
	const int opened = _open(encoder, picture, coarsest);
	return opened < 0 ? opened : _adjust(encoder, picture);
}

static int _prepare(sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	if (_continues(encoder, picture)) {
		// Chromium requests a keyframe when no frame has arrived for 3 s. In a still view that keyframe must not look coarser.
		const bool rests = picture->time_us - encoder->time_us >= _MAX_STEP_US;
		if (picture->keyframe && rests && encoder->quantizer < encoder->coarsest) {
			encoder->coarsest = encoder->quantizer;
		}
		return _adjust(encoder, picture);
	}
	return begin_stream(encoder, picture, FIRST_FINE_QUANTIZER);
}

static sc_vp8_frame_s *_take(sc_vp8_s *encoder) {
	vpx_codec_iter_t next = NULL;
	const vpx_codec_cx_pkt_t *packet;
	while ((packet = vpx_codec_get_cx_data(&encoder->codec, &next)) != NULL) {
		if (packet->kind != VPX_CODEC_CX_FRAME_PKT) {
			continue;
		}
		const size_t size = packet->data.frame.sz;
		sc_vp8_frame_s *frame = malloc(sizeof(*frame) + size);
		if (frame == NULL) {
			sc_fail(SC_E_SYSTEM, "no memory for %zu bytes of VP8", size);
			return NULL;
		}
		frame->size = size;
		frame->keyframe = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
		vpx_codec_control(&encoder->codec, VP8E_GET_LAST_QUANTIZER_64, &frame->quantizer);
		memcpy(frame->bytes, packet->data.frame.buf, size);
		return frame;
	}
	sc_fail(SC_E_SYSTEM, "the VP8 encoder made no frame");
	return NULL;
}

static void _convert(sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	const vpx_image_t *image = encoder->image;
	const sc_i420_s planes = { image->planes[VPX_PLANE_Y], image->planes[VPX_PLANE_U], image->planes[VPX_PLANE_V],
		image->stride[VPX_PLANE_Y], image->stride[VPX_PLANE_U] };
	sc_i420_convert(picture->pixels, picture->width, picture->height, picture->channels, picture->bottom_up != 0, &planes);
}

static sc_vp8_frame_s *encode_frame(sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	_convert(encoder, picture);
	const int64_t passed = picture->time_us - encoder->time_us;
	const int64_t step = passed < _MIN_STEP_US ? _MIN_STEP_US : passed > _MAX_STEP_US ? _MAX_STEP_US : passed;
	encoder->time_us = picture->time_us;
	encoder->stream_us += step;
	if (vpx_codec_encode(&encoder->codec, encoder->image, encoder->stream_us, (unsigned long)step,
			picture->keyframe ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME) != VPX_CODEC_OK) {
		_fail(encoder, "the VP8 encoder failed");
		return NULL;
	}
	sc_vp8_frame_s *frame = _take(encoder);
	if (frame != NULL) {
		encoder->quantizer = frame->quantizer;
		const double share = (double)picture->bitrate / 8 * (double)step / 1e6;
		const int finer = _FINER(frame->quantizer) > _FINEST ? _FINER(frame->quantizer) : _FINEST;
		encoder->saved += share - (double)frame->size;
		const double most = share * _MOST_SAVED;
		encoder->saved = encoder->saved > most ? most : encoder->saved;
		encoder->coarsest = encoder->saved > 0 && (double)frame->size < share / 2 ? finer : _COARSEST;
	}
	return frame;
}

static bool exceeds_keyframe_budget(const sc_vp8_frame_s *frame, const sc_vp8_picture_s *picture) {
	const double share = (double)picture->bitrate / 8 / NOMINAL_FRAME_RATE;
	return (double)frame->size > share * _KEYFRAME_PERCENT / 100;
}

static sc_vp8_frame_s *_encode(sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	const bool begins = !_continues(encoder, picture);
	if (_prepare(encoder, picture) < 0) {
		return NULL;
	}
	sc_vp8_frame_s *frame = encode_frame(encoder, picture);
	if (!begins || frame == NULL) {
		return frame;
	}
	if (!exceeds_keyframe_budget(frame, picture)) {
		// With a coarser quantizer libvpx would drop the chroma again: at 1.5 Mbit/s with 45.
		encoder->coarsest = frame->quantizer;
		encoder->saved = 0;
		return frame;
	}
	free(frame);
	const int coarsest = picture->bitrate < _LOW_BITRATE ? _COARSEST : _FIRST_COARSEST;
	return begin_stream(encoder, picture, coarsest) < 0 ? NULL : encode_frame(encoder, picture);
}

sc_vp8_frame_s *sc_vp8_encode(sc_vp8_s *encoder, const sc_vp8_picture_s *picture) {
	sc_vp8_frame_s *frame = _encode(encoder, picture);
	if (frame == NULL) {
		sc_vp8_end(encoder);
	}
	return frame;
}

int sc_vp8_take(sc_vp8_frame_s *frame, uint8_t *out, uint64_t capacity) {
	if (capacity < frame->size) {
		return sc_fail(SC_E_TOO_SMALL, "a frame of %zu bytes does not fit into %llu", frame->size,
			(unsigned long long)capacity);
	}
	memcpy(out, frame->bytes, frame->size);
	free(frame);
	return SC_OK;
}
