#include "vp8.h"

#include <string.h>
#include <vpx/vp8cx.h>

#include "error.h"
#include "i420.h"

// libvpx' realtime speed; a negative value is fixed, a positive one lets the encoder slow down until it fills the time between two frames.
// Measured with line bundles that turn by 90 degrees a second, 1280x720 at 4 Mbit/s: -12 has 0.9 dB less in 10 % less time, -6
// has 0.1 dB more in 15 % more.
#define SPEED -8
// Speed at a high bitrate: a grainy image at 20 Mbit/s takes most of a frame interval.
#define HIGH_BITRATE_SPEED -12
#define HIGH_BITRATE 8000000
// Threads of libvpx. They spin while waiting: two were not faster on two cores, and took 180 ms where another program used one.
#define ENCODER_THREADS 1
// libvpx' speed in its good mode, for films. Measured with streamlines, 1280x720 and quantizer 8: 4 has 17 % more bytes and 1.2 dB less in 11
// instead of 27 ms, 0 has 1 % less bytes in 36 ms.
#define FILM_SPEED 2
// Maximum time by which the encoder can be ahead of its bitrate, ms. With 300 a keyframe is compensated in half a second, with 600 in one.
#define BUFFER_MS 300
// Maximum size of a keyframe, per cent of a frame's share of the bitrate.
#define KEYFRAME_PERCENT 450
// Frames per second assumed for the byte budget of a frame before the actual rate is known.
#define NOMINAL_FRAME_RATE 30
#define MIN_QUANTIZER 4
#define MAX_QUANTIZER 56
// Maximum quantizer of the first frame of a stream, if the frame then fits the byte budget of a keyframe. libvpx expects camera
// images and chooses the coarsest allowed. With 40 the chroma of a dark background was lost: (20, 23, 28) was (22, 22, 22) until
// later frames were finer. The first frame of a mesh has 13 instead of 7 kB, of line bundles 33 instead of 18 ...
#define FIRST_FINE_QUANTIZER 16
// ... and of a grainy image 170 instead of 46, which exceeds the budget: that one is encoded again with this maximum.
#define MAX_FIRST_QUANTIZER 40
// Below this bitrate, bit/s, the second attempt has no such maximum: it would take 700 ms on a link of 0.3 Mbit/s.
#define LOW_BITRATE 1000000
// libvpx goes from coarse to fine in 20 frames. After a frame with less than half of its share of the bitrate, the maximum quantizer
// of the next is a sixth lower, which may double its bytes.
#define FINER(quantizer) ((quantizer) * 5 / 6)
// Maximum of the unused bytes, in byte budgets of a frame. Only while some are unused does a small frame count: one that follows a
// frame that was too large is small as well.
#define MAX_UNUSED_FRAMES 1
// Bounds of the time from frame to frame as the rate control sees it: it would save up bits during a pause.
#define MAX_STEP_US 100000
#define MIN_STEP_US 1000

int sc_vp8_check(const sc_vp8_params_s *params) {
	if (params->bitrate < SC_VP8_MIN_BITRATE || params->bitrate > SC_VP8_MAX_BITRATE) {
		return sc_fail(SC_E_INVALID, "a bitrate is %d to %d bit/s, not %d", SC_VP8_MIN_BITRATE, SC_VP8_MAX_BITRATE,
			params->bitrate);
	}
	return sc_image_check(&params->image, SC_VP8_MAX_SIDE, "VP8");
}

static int fail_encoder(sc_vp8_s *encoder, const char *what) {
	const char *detail = vpx_codec_error_detail(&encoder->codec);
	return sc_fail(SC_E_SYSTEM, "%s: %s%s%s", what, vpx_codec_error(&encoder->codec), detail != NULL ? ", " : "",
		detail != NULL ? detail : "");
}

void sc_vp8_init(sc_vp8_s *encoder, int film_quantizer) {
	memset(encoder, 0, sizeof(*encoder));
	encoder->film_quantizer = film_quantizer;
}

void sc_vp8_end(sc_vp8_s *encoder) {
	if (encoder->image != NULL) {
		vpx_codec_destroy(&encoder->codec);
		vpx_img_free(encoder->image);
	}
	sc_vp8_init(encoder, encoder->film_quantizer);
}

static void configure_low_latency(sc_vp8_s *encoder, const sc_vp8_params_s *params, int max_quantizer) {
	vpx_codec_enc_cfg_t *config = &encoder->config;
	// Resets the entropy probabilities with each frame, so that a lost frame does not corrupt them. Without it a moving scene has a
	// seventh less bytes at 4 Mbit/s, and 1 dB less at 1.2.
	config->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
	config->rc_end_usage = VPX_CBR;
	config->rc_dropframe_thresh = 0;
	config->rc_resize_allowed = 0;
	config->rc_undershoot_pct = 100;
	// Bits saved in simple frames are not used later: with 15 % a view that became complex exceeded the bitrate by a tenth for seconds.
	config->rc_overshoot_pct = 0;
	config->rc_buf_sz = BUFFER_MS;
	config->rc_buf_initial_sz = BUFFER_MS / 2;
	config->rc_buf_optimal_sz = BUFFER_MS * 6 / 10;
	config->rc_target_bitrate = (unsigned int)(params->bitrate / 1000);
	config->rc_min_quantizer = MIN_QUANTIZER;
	encoder->max_quantizer = max_quantizer;
	config->rc_max_quantizer = (unsigned int)encoder->max_quantizer;
}

static void configure_film(sc_vp8_s *encoder) {
	vpx_codec_enc_cfg_t *config = &encoder->config;
	config->rc_end_usage = VPX_VBR;
	config->rc_min_quantizer = (unsigned int)encoder->film_quantizer;
	config->rc_max_quantizer = (unsigned int)encoder->film_quantizer;
}

static int open_stream(sc_vp8_s *encoder, const sc_vp8_params_s *params, int max_quantizer) {
	vpx_codec_enc_cfg_t *config = &encoder->config;
	if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), config, 0) != VPX_CODEC_OK) {
		return sc_fail(SC_E_SYSTEM, "no VP8 encoder");
	}
	config->g_w = (unsigned int)params->image.width;
	config->g_h = (unsigned int)params->image.height;
	config->g_threads = ENCODER_THREADS;
	config->g_timebase = (vpx_rational_t){ 1, 1000000 };
	config->g_lag_in_frames = 0;
	config->kf_mode = VPX_KF_DISABLED;
	if (encoder->film_quantizer > 0) {
		configure_film(encoder);
	} else {
		configure_low_latency(encoder, params, max_quantizer);
	}
	if (vpx_codec_enc_init(&encoder->codec, vpx_codec_vp8_cx(), config, 0) != VPX_CODEC_OK) {
		return fail_encoder(encoder, "no VP8 encoder");
	}
	encoder->image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, (unsigned int)params->image.width, (unsigned int)params->image.height, 16);
	if (encoder->image == NULL) {
		vpx_codec_destroy(&encoder->codec);
		return sc_fail(SC_E_SYSTEM, "no memory for a VP8 image of %dx%d", params->image.width, params->image.height);
	}
	encoder->time_us = params->time_us;
	encoder->stream_us = 0;
	encoder->unused_bytes = 0;
	if (encoder->film_quantizer > 0) {
		vpx_codec_control(&encoder->codec, VP8E_SET_CPUUSED, FILM_SPEED);
		return SC_OK;
	}
	vpx_codec_control(&encoder->codec, VP8E_SET_SCREEN_CONTENT_MODE, 1);
	vpx_codec_control(&encoder->codec, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
	vpx_codec_control(&encoder->codec, VP8E_SET_STATIC_THRESHOLD, 1);
	vpx_codec_control(&encoder->codec, VP8E_SET_NOISE_SENSITIVITY, 0);
	vpx_codec_control(&encoder->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, KEYFRAME_PERCENT);
	return SC_OK;
}

static bool continues_stream(const sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	return encoder->image != NULL && encoder->config.g_w == (unsigned int)params->image.width
		&& encoder->config.g_h == (unsigned int)params->image.height;
}

static int apply_settings(sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	if (encoder->film_quantizer > 0) {
		return SC_OK;
	}
	vpx_codec_enc_cfg_t *config = &encoder->config;
	const int speed = params->bitrate > HIGH_BITRATE ? HIGH_BITRATE_SPEED : SPEED;
	if (encoder->speed != speed) {
		vpx_codec_control(&encoder->codec, VP8E_SET_CPUUSED, speed);
		encoder->speed = speed;
	}
	const unsigned int kilobits = (unsigned int)(params->bitrate / 1000);
	const unsigned int max_quantizer = (unsigned int)encoder->max_quantizer;
	if (config->rc_target_bitrate == kilobits && config->rc_max_quantizer == max_quantizer) {
		return SC_OK;
	}
	config->rc_target_bitrate = kilobits;
	config->rc_max_quantizer = max_quantizer;
	return vpx_codec_enc_config_set(&encoder->codec, config) == VPX_CODEC_OK ? SC_OK
		: fail_encoder(encoder, "the VP8 encoder does not accept the bitrate");
}

static int begin_stream(sc_vp8_s *encoder, const sc_vp8_params_s *params, int max_quantizer) {
	sc_vp8_end(encoder);
	const int opened = open_stream(encoder, params, max_quantizer);
	return opened < 0 ? opened : apply_settings(encoder, params);
}

static int prepare_stream(sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	if (continues_stream(encoder, params)) {
		// Chromium requests a keyframe when no frame has arrived for 3 s. In a still view that keyframe must not look coarser.
		const bool is_still = params->time_us - encoder->time_us >= MAX_STEP_US;
		if (params->keyframe && is_still && encoder->quantizer < encoder->max_quantizer) {
			encoder->max_quantizer = encoder->quantizer;
		}
		return apply_settings(encoder, params);
	}
	return begin_stream(encoder, params, FIRST_FINE_QUANTIZER);
}

static sc_vp8_frame_s *take_frame(sc_vp8_s *encoder) {
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
		frame->info.keyframe = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
		vpx_codec_control(&encoder->codec, VP8E_GET_LAST_QUANTIZER_64, &frame->info.quantizer);
		memcpy(frame->bytes, packet->data.frame.buf, size);
		return frame;
	}
	sc_fail(SC_E_SYSTEM, "the VP8 encoder made no frame");
	return NULL;
}

static void convert_image(sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	const vpx_image_t *image = encoder->image;
	const sc_i420_s planes = { image->planes[VPX_PLANE_Y], image->planes[VPX_PLANE_U], image->planes[VPX_PLANE_V],
		image->stride[VPX_PLANE_Y], image->stride[VPX_PLANE_U] };
	sc_i420_convert(params->image.pixels, params->image.width, params->image.height, params->image.channels, params->image.bottom_up != 0, &planes);
}

static sc_vp8_frame_s *encode_frame(sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	convert_image(encoder, params);
	const int64_t passed = params->time_us - encoder->time_us;
	const int64_t step = passed < MIN_STEP_US ? MIN_STEP_US : passed > MAX_STEP_US ? MAX_STEP_US : passed;
	encoder->time_us = params->time_us;
	encoder->stream_us += step;
	const unsigned long deadline = encoder->film_quantizer > 0 ? VPX_DL_GOOD_QUALITY : VPX_DL_REALTIME;
	if (vpx_codec_encode(&encoder->codec, encoder->image, encoder->stream_us, (unsigned long)step,
			params->keyframe ? VPX_EFLAG_FORCE_KF : 0, deadline) != VPX_CODEC_OK) {
		fail_encoder(encoder, "the VP8 encoder failed");
		return NULL;
	}
	sc_vp8_frame_s *frame = take_frame(encoder);
	if (frame != NULL) {
		encoder->quantizer = frame->info.quantizer;
		const double share = (double)params->bitrate / 8 * (double)step / 1e6;
		const int finer = FINER(frame->info.quantizer) > MIN_QUANTIZER ? FINER(frame->info.quantizer) : MIN_QUANTIZER;
		encoder->unused_bytes += share - (double)frame->size;
		const double max_unused = share * MAX_UNUSED_FRAMES;
		encoder->unused_bytes = encoder->unused_bytes > max_unused ? max_unused : encoder->unused_bytes;
		encoder->max_quantizer = encoder->unused_bytes > 0 && (double)frame->size < share / 2 ? finer : MAX_QUANTIZER;
	}
	return frame;
}

static bool exceeds_keyframe_budget(const sc_vp8_frame_s *frame, const sc_vp8_params_s *params) {
	const double share = (double)params->bitrate / 8 / NOMINAL_FRAME_RATE;
	return (double)frame->size > share * KEYFRAME_PERCENT / 100;
}

static sc_vp8_frame_s *encode_checked(sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	const bool begins = !continues_stream(encoder, params);
	if (prepare_stream(encoder, params) < 0) {
		return NULL;
	}
	sc_vp8_frame_s *frame = encode_frame(encoder, params);
	if (!begins || frame == NULL || encoder->film_quantizer > 0) {
		return frame;
	}
	if (!exceeds_keyframe_budget(frame, params)) {
		// With a coarser quantizer libvpx would drop the chroma again: at 1.5 Mbit/s with 45.
		encoder->max_quantizer = frame->info.quantizer;
		encoder->unused_bytes = 0;
		return frame;
	}
	free(frame);
	const int max_quantizer = params->bitrate < LOW_BITRATE ? MAX_QUANTIZER : MAX_FIRST_QUANTIZER;
	return begin_stream(encoder, params, max_quantizer) < 0 ? NULL : encode_frame(encoder, params);
}

sc_vp8_frame_s *sc_vp8_encode(sc_vp8_s *encoder, const sc_vp8_params_s *params) {
	sc_vp8_frame_s *frame = encode_checked(encoder, params);
	if (frame == NULL) {
		sc_vp8_end(encoder);
	}
	return frame;
}

int sc_vp8_take(sc_vp8_frame_s *frame, uint8_t *out, uint64_t capacity, sc_vp8_info_s *info) {
	if (capacity < frame->size) {
		return sc_fail(SC_E_TOO_SMALL, "a frame of %zu bytes does not fit into %llu", frame->size,
			(unsigned long long)capacity);
	}
	memcpy(out, frame->bytes, frame->size);
	*info = frame->info;
	free(frame);
	return SC_OK;
}
