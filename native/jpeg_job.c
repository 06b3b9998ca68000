#include "jpeg_job.h"

#include "error.h"

typedef struct {
	sc_job_s job;
	sc_jpeg_params_s params;
	sc_jpeg_bands_s bands;
	sc_jpeg_s *jpeg; // NULL after it was handed over
} jpeg_job_s;

static int count_bands(sc_job_s *job, int threads) {
	jpeg_job_s *self = (jpeg_job_s *)job;
	self->bands = sc_jpeg_bands_for(&self->params, threads);
	return self->bands.count;
}

static void destroy_encoder(void *state) { sc_jpeg_encoder_destroy(state); }

static int run(sc_job_s *job, int band, sc_worker_s *worker) {
	jpeg_job_s *self = (jpeg_job_s *)job;
	sc_jpeg_encoder_s *encoder = sc_worker_state(worker, sizeof(*encoder), destroy_encoder);
	if (encoder == NULL || (encoder->handle == NULL && sc_jpeg_encoder_init(encoder) < 0)) {
		return sc_error_code();
	}
	return sc_jpeg_bands_encode(encoder, &self->params, &self->bands, band, self->jpeg);
}

static void finish(sc_job_s *job, sc_pool_result_s *result) {
	jpeg_job_s *self = (jpeg_job_s *)job;
	if (job->result == SC_OK) {
		result->output = (uint64_t)(uintptr_t)self->jpeg;
		result->output_size = sc_jpeg_size(self->jpeg);
		self->jpeg = NULL;
	}
}

static void destroy(sc_job_s *job) {
	sc_jpeg_destroy(((jpeg_job_s *)job)->jpeg);
	free(job);
}

static const sc_job_type_s jpeg_job = { count_bands, run, finish, destroy };

int sc_jpeg_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int quality, int subsampling, int jpeg_width, int jpeg_height, int low_priority) {
	const sc_jpeg_params_s params = {
		{ pixels, size, width, height, channels, bottom_up }, jpeg_width, jpeg_height, quality, subsampling, 0,
	};
	if (sc_jpeg_check(&params) < 0) {
		return sc_error_code();
	}
	jpeg_job_s *self = calloc(1, sizeof(*self));
	sc_jpeg_s *jpeg = self != NULL ? sc_jpeg_create() : NULL;
	if (jpeg == NULL) {
		free(self);
		return sc_fail(SC_E_SYSTEM, "no memory for a JPEG");
	}
	self->job = (sc_job_s){ .type = &jpeg_job, .id = id, .low_priority = low_priority != 0 };
	self->params = params;
	self->jpeg = jpeg;
	return sc_pool_submit(pool, &self->job);
}
