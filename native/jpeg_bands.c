#include "jpeg_bands.h"

#include <string.h>

#include "error.h"
#include "scale.h"

// Bands per thread. A band costs 5 us beside its pixels, and the last one determines the time. From 2 to 12 bands per thread are
// equally fast if the image is as complex at the top as at the bottom; few bands are slower if it is not.
#define BANDS_PER_THREAD 6
// Minimum size of a band. Two smaller bands are not faster than one, because a thread must be woken, and their restart markers are
// 1 % of the bytes of an empty image.
#define MIN_BAND_PIXELS 65536
#define MAX_RESTART_INTERVAL 65535 // MCUs; 16 bits in the DRI segment

enum { MARKER = 0xFF, SOF0 = 0xC0, SOF1 = 0xC1, RST0 = 0xD0, EOI = 0xD9, SOS = 0xDA };

static int divide_up(int a, int b) { return (a + b - 1) / b; }

static int mcu_width(const sc_jpeg_params_s *params) { return params->subsampling == SC_TJ_SAMP_444 ? 8 : 16; }
static int mcu_height(const sc_jpeg_params_s *params) { return params->subsampling == SC_TJ_SAMP_420 ? 16 : 8; }

static int min_int(int a, int b) { return a < b ? a : b; }

sc_jpeg_bands_s sc_jpeg_bands_of(const sc_jpeg_params_s *params, int rows) {
	const int all_rows = divide_up(params->height, mcu_height(params));
	const int max_rows = MAX_RESTART_INTERVAL / divide_up(params->width, mcu_width(params));
	const int fitting = min_int(rows, max_rows);
	const int count = divide_up(all_rows, fitting);
	return count > SC_JPEG_MAX_BANDS ? (sc_jpeg_bands_s){ 1, all_rows } : (sc_jpeg_bands_s){ count, fitting };
}

sc_jpeg_bands_s sc_jpeg_bands_for(const sc_jpeg_params_s *params, int threads) {
	const int all_rows = divide_up(params->height, mcu_height(params));
	const int worthwhile = (int)((int64_t)params->width * params->height / MIN_BAND_PIXELS);
	const int max_count = min_int(threads * BANDS_PER_THREAD, SC_JPEG_MAX_BANDS);
	const int count = min_int(min_int(worthwhile, max_count), all_rows);
	if (threads < 2 || count < 2) {
		return (sc_jpeg_bands_s){ 1, all_rows };
	}
	// An equal number for each thread.
	const int even = count > threads ? count - count % threads : count;
	return sc_jpeg_bands_of(params, divide_up(all_rows, even));
}

// Scales the rows of a band into a new buffer, which the caller frees. NULL on error.
static uint8_t *scale_band(const sc_jpeg_params_s *params, int above, int height) {
	const size_t size = (size_t)params->width * (size_t)height * 3;
	uint8_t *rows = malloc(size);
	if (rows == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for %zu bytes of a scaled image", size);
	} else if (sc_scale_rows(&params->image, params->width, params->height, above, height, rows) < 0) {
		free(rows);
		rows = NULL;
	}
	return rows;
}

// The parameters of a band. `scaled`: its scaled rows, or NULL if the image is not scaled.
static sc_jpeg_params_s crop_band(const sc_jpeg_params_s *params, const sc_jpeg_bands_s *bands, int above, int height,
	const uint8_t *scaled) {
	sc_jpeg_params_s band = *params;
	if (scaled != NULL) {
		band.image = (sc_image_s){ scaled, (uint64_t)params->width * (uint64_t)height * 3, params->width, height, 3, 0 };
	} else {
		const int first = params->image.bottom_up ? params->height - above - height : above;
		const uint64_t stride = sc_image_stride(&params->image);
		band.image.pixels += (uint64_t)first * stride;
		band.image.size = (uint64_t)height * stride;
		band.image.height = height;
	}
	band.height = height;
	band.restart_rows = bands->count > 1 ? bands->rows : 0;
	return band;
}

// Finds the offsets of the height and of the scan's data in a file of the encoder. False for any other file.
static bool find_parts(const uint8_t *jpeg, size_t size, size_t *height_at, size_t *scan_at) {
	*height_at = 0;
	for (size_t at = 2; at + 4 <= size && jpeg[at] == MARKER;) {
		const int marker = jpeg[at + 1];
		const size_t next = at + 2 + ((size_t)jpeg[at + 2] << 8 | jpeg[at + 3]);
		if (marker == SOF0 || marker == SOF1) {
			*height_at = at + 5;
		}
		if (marker == SOS) {
			*scan_at = next;
			return *height_at > 0 && next + 2 <= size && jpeg[size - 2] == MARKER && jpeg[size - 1] == EOI;
		}
		at = next;
	}
	return false;
}

static int encode_band(sc_jpeg_encoder_s *encoder, const sc_jpeg_params_s *params, const sc_jpeg_bands_s *bands, int index,
	uint8_t **file, size_t *file_size) {
	const int above = index * bands->rows * mcu_height(params);
	const int height = min_int(bands->rows * mcu_height(params), params->height - above);
	uint8_t *scaled = sc_jpeg_is_scaled(params) ? scale_band(params, above, height) : NULL;
	if (sc_jpeg_is_scaled(params) && scaled == NULL) {
		return sc_error_code();
	}
	const sc_jpeg_params_s band = crop_band(params, bands, above, height, scaled);
	const int result = sc_jpeg_encode(encoder, &band, file, file_size);
	free(scaled);
	return result;
}

int sc_jpeg_bands_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_params_s *params, const sc_jpeg_bands_s *bands,
	int index, sc_jpeg_s *jpeg) {
	uint8_t *file;
	size_t file_size;
	if (encode_band(encoder, params, bands, index, &file, &file_size) < 0) {
		return sc_error_code();
	}
	size_t height_at;
	size_t scan_at;
	if (!find_parts(file, file_size, &height_at, &scan_at)) {
		return sc_fail(SC_E_CORRUPT, "the JPEG library made a file that cannot be joined with others");
	}
	// The restart marker before the scan overwrites the header's last bytes; the next band's replaces the EOI marker.
	const bool first = index == 0;
	const bool last = index == bands->count - 1;
	uint8_t *bytes = first ? file : file + scan_at - 2;
	if (first) {
		file[height_at] = (uint8_t)(params->height >> 8);
		file[height_at + 1] = (uint8_t)params->height;
	} else {
		bytes[0] = MARKER;
		bytes[1] = (uint8_t)(RST0 + (index - 1) % 8);
	}
	const size_t size = (size_t)(file + file_size - bytes) - (last ? 0 : 2);
	uint8_t *piece = malloc(size);
	if (piece == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for %zu bytes of JPEG", size);
	}
	memcpy(piece, bytes, size);
	jpeg->pieces[index].bytes = piece;
	jpeg->pieces[index].size = size;
	return SC_OK;
}

sc_jpeg_s *sc_jpeg_create(void) {
	sc_jpeg_s *jpeg = calloc(1, sizeof(*jpeg));
	if (jpeg == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a JPEG");
	}
	return jpeg;
}

uint64_t sc_jpeg_size(const sc_jpeg_s *jpeg) {
	uint64_t size = 0;
	for (int index = 0; index < SC_JPEG_MAX_BANDS; ++index) {
		size += jpeg->pieces[index].size;
	}
	return size;
}

void sc_jpeg_destroy(sc_jpeg_s *jpeg) {
	for (int index = 0; jpeg != NULL && index < SC_JPEG_MAX_BANDS; ++index) {
		free(jpeg->pieces[index].bytes);
	}
	free(jpeg);
}

sc_jpeg_s *sc_jpeg_encode_sync(const uint8_t *pixels, uint64_t size, int width, int height, int channels,
	int bottom_up, int quality, int subsampling, uint64_t *jpeg_size) {
	const sc_jpeg_params_s params
		= { { pixels, size, width, height, channels, bottom_up }, width, height, quality, subsampling, 0 };
	sc_jpeg_encoder_s encoder;
	if (sc_jpeg_encoder_init(&encoder) < 0) {
		return NULL;
	}
	sc_jpeg_s *jpeg = sc_jpeg_check(&params) == SC_OK ? sc_jpeg_create() : NULL;
	const sc_jpeg_bands_s single = sc_jpeg_bands_for(&params, 1);
	if (jpeg != NULL && sc_jpeg_bands_encode(&encoder, &params, &single, 0, jpeg) < 0) {
		sc_jpeg_destroy(jpeg);
		jpeg = NULL;
	}
	sc_jpeg_encoder_destroy(&encoder);
	if (jpeg != NULL) {
		*jpeg_size = sc_jpeg_size(jpeg);
	}
	return jpeg;
}

int sc_jpeg_take(sc_jpeg_s *jpeg, uint8_t *out, uint64_t capacity) {
	const uint64_t size = sc_jpeg_size(jpeg);
	if (capacity < size) {
		return sc_fail(SC_E_TOO_SMALL, "a JPEG of %llu bytes does not fit into %llu", (unsigned long long)size,
			(unsigned long long)capacity);
	}
	for (int index = 0; index < SC_JPEG_MAX_BANDS && jpeg->pieces[index].bytes != NULL; ++index) {
		memcpy(out, jpeg->pieces[index].bytes, jpeg->pieces[index].size);
		out += jpeg->pieces[index].size;
	}
	sc_jpeg_destroy(jpeg);
	return SC_OK;
}
