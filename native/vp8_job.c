#include "vp8_job.h"

#include "clock.h"
#include "error.h"

typedef struct {
	sc_job_s job;
	sc_vp8_stream_s *stream;
	sc_vp8_params_s params;
	sc_vp8_frame_s *frame; // NULL after it was handed over
} vp8_job_s;

static int run(sc_job_s *job, int band, sc_worker_s *worker) {
	(void)band, (void)worker;
	vp8_job_s *self = (vp8_job_s *)job;
	const int64_t start = sc_now_ns();
	self->frame = sc_vp8_encode(&self->stream->encoder, &self->params);
	if (self->frame == NULL) {
		return sc_error_code();
	}
	self->frame->info.encode_ms = (double)(sc_now_ns() - start) / 1e6;
	return SC_OK;
}

static void finish(sc_job_s *job, sc_pool_result_s *result) {
	vp8_job_s *self = (vp8_job_s *)job;
	self->stream->busy = false;
	if (self->frame != NULL) {
		result->output = (uint64_t)(uintptr_t)self->frame;
		result->output_size = self->frame->size;
		self->frame = NULL;
	}
}

static void destroy(sc_job_s *job) {
	free(((vp8_job_s *)job)->frame);
	free(job);
}

static const sc_job_type_s vp8_job = { NULL, run, finish, destroy };

static void destroy_stream(sc_pool_resource_s *resource) {
	sc_vp8_stream_s *stream = (sc_vp8_stream_s *)resource;
	sc_vp8_end(&stream->encoder);
	free(stream);
}

sc_vp8_stream_s *sc_vp8_stream_open(sc_pool_s *pool, int film_quantizer) {
	if (film_quantizer < 0 || film_quantizer > SC_VP8_MAX_QUANTIZER) {
		sc_fail(SC_E_INVALID, "a quantizer is 0 to %d, not %d", SC_VP8_MAX_QUANTIZER, film_quantizer);
		return NULL;
	}
	sc_vp8_stream_s *stream = calloc(1, sizeof(*stream));
	if (stream == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a VP8 encoder");
		return NULL;
	}
	sc_vp8_init(&stream->encoder, film_quantizer);
	stream->resource.destroy = destroy_stream;
	sc_pool_add_resource(pool, &stream->resource);
	return stream;
}

static int fail_busy(void) { return sc_fail(SC_E_INVALID, "this VP8 encoder has a frame that was not taken"); }

int sc_vp8_stream_close(sc_pool_s *pool, sc_vp8_stream_s *stream) {
	if (stream->busy) {
		return fail_busy();
	}
	sc_pool_remove_resource(pool, &stream->resource);
	destroy_stream(&stream->resource);
	return SC_OK;
}

int sc_vp8_submit(sc_pool_s *pool, sc_vp8_stream_s *stream, uint32_t id, const uint8_t *pixels, uint64_t size,
	int width, int height, int channels, int bottom_up, int bitrate, int keyframe, int64_t time_us) {
	const sc_vp8_params_s params
		= { { pixels, size, width, height, channels, bottom_up }, bitrate, keyframe, time_us };
	if (sc_vp8_check(&params) < 0) {
		return sc_error_code();
	}
	if (stream->busy) {
		return fail_busy();
	}
	vp8_job_s *self = calloc(1, sizeof(*self));
	if (self == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for a VP8 frame");
	}
	self->job = (sc_job_s){ .type = &vp8_job, .id = id };
	self->stream = stream;
	self->params = params;
	const int result = sc_pool_submit(pool, &self->job);
	stream->busy = result == SC_OK;
	return result;
}
