#include "png_job.h"

#include "error.h"

#define MAX_SIDE 65535
// Pixels of a band: 0.1 ms, so that other jobs wait no longer.
#define BAND_PIXELS 65536

enum { FILTER_NONE = 0, FILTER_UP = 2 };

typedef struct {
	sc_job_s job;
	sc_image_s image;
	int out_channels;
	uint8_t *out;
	int band_rows;
} png_job_s;

static int count_bands(sc_job_s *job, int threads) {
	(void)threads;
	png_job_s *self = (png_job_s *)job;
	self->band_rows = BAND_PIXELS / self->image.width + 1;
	return (self->image.height + self->band_rows - 1) / self->band_rows;
}

static void filter_row(const png_job_s *self, int y, uint8_t *out) {
	const int channels = self->image.channels;
	const int out_channels = self->out_channels;
	const uint8_t *row = sc_image_row(&self->image, y);
	const uint8_t *above = y > 0 ? sc_image_row(&self->image, y - 1) : NULL;
	*out++ = above == NULL ? FILTER_NONE : FILTER_UP;
	for (int x = 0; x < self->image.width; ++x) {
		for (int channel = 0; channel < out_channels; ++channel) {
			const int at = x * channels + channel;
			*out++ = (uint8_t)(row[at] - (above == NULL ? 0 : above[at]));
		}
	}
}

static int run(sc_job_s *job, int band, sc_worker_s *worker) {
	(void)worker;
	const png_job_s *self = (const png_job_s *)job;
	const uint64_t out_stride = 1 + (uint64_t)self->image.width * (uint64_t)self->out_channels;
	const int first = band * self->band_rows;
	const int rest = self->image.height - first;
	const int end = first + (rest < self->band_rows ? rest : self->band_rows);
	for (int y = first; y < end; ++y) {
		filter_row(self, y, self->out + (uint64_t)y * out_stride);
	}
	return SC_OK;
}

static void destroy(sc_job_s *job) { free(job); }

static const sc_job_type_s png_job = { count_bands, run, NULL, destroy };

int sc_png_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int out_channels, uint8_t *out, uint64_t capacity) {
	const sc_image_s image = { pixels, size, width, height, channels, bottom_up };
	if (sc_image_check(&image, MAX_SIDE, "a PNG") < 0) {
		return sc_error_code();
	}
	const uint64_t needed = (uint64_t)height * (1 + (uint64_t)width * (uint64_t)out_channels);
	if (out_channels < 3 || out_channels > channels || out == NULL || capacity < needed) {
		return sc_fail(SC_E_INVALID, "the filtered rows of %dx%d with %d channels do not fit into %llu bytes", width, height,
			out_channels, (unsigned long long)capacity);
	}
	png_job_s *self = calloc(1, sizeof(*self));
	if (self == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for a PNG");
	}
	self->job = (sc_job_s){ .type = &png_job, .id = id, .low_priority = true };
	self->image = image;
	self->out_channels = out_channels;
	self->out = out;
	return sc_pool_submit(pool, &self->job);
}
