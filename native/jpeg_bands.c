#include "jpeg_bands.h"

#include <string.h>

#include "error.h"
#include "scale.h"

// A band costs 5 us beside its pixels, and the last one to be done is waited for. From 2 to 12 bands a thread take the
// same time when the picture is as busy above as below; few take longer when it is not.
#define _BANDS_PER_THREAD 6
// Below two such bands waking a thread takes what it would save, and in smaller ones the restart markers of an empty
// picture are 1 % of it.
#define _MIN_BAND_PIXELS 65536
#define _MAX_RESTART_INTERVAL 65535 // MCUs; 16 bits in the DRI segment

enum { _MARKER = 0xFF, _SOF0 = 0xC0, _SOF1 = 0xC1, _RST0 = 0xD0, _EOI = 0xD9, _SOS = 0xDA };

static int _divide_up(int a, int b) { return (a + b - 1) / b; }

static int _mcu_width(const sc_jpeg_picture_s *picture) { return picture->subsampling == SC_TJ_SAMP_444 ? 8 : 16; }
static int _mcu_height(const sc_jpeg_picture_s *picture) { return picture->subsampling == SC_TJ_SAMP_420 ? 16 : 8; }

static int _least(int a, int b) { return a < b ? a : b; }

sc_jpeg_bands_s sc_jpeg_bands_of(const sc_jpeg_picture_s *picture, int rows) {
	const int all_rows = _divide_up(picture->height, _mcu_height(picture));
	const int longest = _MAX_RESTART_INTERVAL / _divide_up(picture->width, _mcu_width(picture));
	const int fitting = _least(rows, longest);
	const int count = _divide_up(all_rows, fitting);
	return count > SC_JPEG_MAX_BANDS ? (sc_jpeg_bands_s){ 1, all_rows } : (sc_jpeg_bands_s){ count, fitting };
}

sc_jpeg_bands_s sc_jpeg_bands_for(const sc_jpeg_picture_s *picture, int threads) {
	const int all_rows = _divide_up(picture->height, _mcu_height(picture));
	const int worthwhile = (int)((int64_t)picture->width * picture->height / _MIN_BAND_PIXELS);
	const int most = _least(threads * _BANDS_PER_THREAD, SC_JPEG_MAX_BANDS);
	const int count = _least(_least(worthwhile, most), all_rows);
	if (threads < 2 || count < 2) {
		return (sc_jpeg_bands_s){ 1, all_rows };
	}
	// The same number for each thread.
	const int fair = count > threads ? count - count % threads : count;
	return sc_jpeg_bands_of(picture, _divide_up(all_rows, fair));
}

// Scales the rows of a band into new memory, which the caller frees. NULL on error.
static uint8_t *scale_band(const sc_jpeg_picture_s *picture, int above, int height) {
	const sc_scale_source_s source
		= { picture->pixels, picture->pixels_width, picture->pixels_height, picture->channels, picture->bottom_up };
	const size_t size = (size_t)picture->width * (size_t)height * 3;
	uint8_t *rows = malloc(size);
	if (rows == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for %zu bytes of a scaled picture", size);
	} else if (sc_scale_rows(&source, picture->width, picture->height, above, height, rows) < 0) {
		free(rows);
		rows = NULL;
	}
	return rows;
}

// The rows of a band as a picture. `scaled`: the scaled rows, or NULL if the picture is not scaled.
static sc_jpeg_picture_s _cut(const sc_jpeg_picture_s *picture, const sc_jpeg_bands_s *bands, int above, int height,
	const uint8_t *scaled) {
	if (scaled != NULL) {
		const uint64_t size = (uint64_t)picture->width * (uint64_t)height * 3;
		return (sc_jpeg_picture_s){ scaled, size, picture->width, height, 3, 0, picture->quality, picture->subsampling,
			bands->count > 1 ? bands->rows : 0, 0, 0 };
	}
	const int before = picture->bottom_up ? picture->height - above - height : above;
	const uint64_t stride = (uint64_t)picture->width * (uint64_t)picture->channels;
	sc_jpeg_picture_s band = *picture;
	band.pixels += (uint64_t)before * stride;
	band.size = (uint64_t)height * stride;
	band.height = height;
	band.pixels_width = 0;
	band.pixels_height = 0;
	band.restart_rows = bands->count > 1 ? bands->rows : 0;
	return band;
}

// Where the height and the scan's data are in a file that the encoder made. False for anything else.
static bool _find_parts(const uint8_t *jpeg, size_t size, size_t *height_at, size_t *scan_at) {
	*height_at = 0;
	for (size_t at = 2; at + 4 <= size && jpeg[at] == _MARKER;) {
		const int marker = jpeg[at + 1];
		const size_t next = at + 2 + ((size_t)jpeg[at + 2] << 8 | jpeg[at + 3]);
		if (marker == _SOF0 || marker == _SOF1) {
			*height_at = at + 5;
		}
		if (marker == _SOS) {
			*scan_at = next;
			return *height_at > 0 && next + 2 <= size && jpeg[size - 2] == _MARKER && jpeg[size - 1] == _EOI;
		}
		at = next;
	}
	return false;
}

static int encode_band(sc_jpeg_encoder_s *encoder, const sc_jpeg_picture_s *picture, const sc_jpeg_bands_s *bands, int index,
	uint8_t **file, size_t *file_size) {
	const int above = index * bands->rows * _mcu_height(picture);
	const int height = _least(bands->rows * _mcu_height(picture), picture->height - above);
	uint8_t *scaled = sc_jpeg_is_scaled(picture) ? scale_band(picture, above, height) : NULL;
	if (sc_jpeg_is_scaled(picture) && scaled == NULL) {
		return sc_error_code();
	}
	const sc_jpeg_picture_s band = _cut(picture, bands, above, height, scaled);
	const int result = sc_jpeg_encode(encoder, &band, file, file_size);
	free(scaled);
	return result;
}

int sc_jpeg_bands_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_picture_s *picture, const sc_jpeg_bands_s *bands,
	int index, sc_jpeg_s *jpeg) {
	uint8_t *file;
	size_t file_size;
	if (encode_band(encoder, picture, bands, index, &file, &file_size) < 0) {
		return sc_error_code();
	}
	size_t height_at;
	size_t scan_at;
	if (!_find_parts(file, file_size, &height_at, &scan_at)) {
		return sc_fail(SC_E_CORRUPT, "the JPEG library made a file that cannot be put together with others");
	}
	// The marker before the scan takes the place of the header's last bytes, that behind it the place of the end's.
	const bool first = index == 0;
	const bool last = index == bands->count - 1;
	uint8_t *bytes = first ? file : file + scan_at - 2;
	if (first) {
		file[height_at] = (uint8_t)(picture->height >> 8);
		file[height_at + 1] = (uint8_t)picture->height;
	} else {
		bytes[0] = _MARKER;
		bytes[1] = (uint8_t)(_RST0 + (index - 1) % 8);
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

sc_jpeg_s *sc_jpeg_encode_now(const uint8_t *pixels, uint64_t size, int width, int height, int channels,
	int bottom_up, int quality, int subsampling, uint64_t *jpeg_size) {
	const sc_jpeg_picture_s picture = { pixels, size, width, height, channels, bottom_up, quality, subsampling, 0, 0, 0 };
	sc_jpeg_encoder_s encoder;
	if (sc_jpeg_encoder_init(&encoder) < 0) {
		return NULL;
	}
	sc_jpeg_s *jpeg = sc_jpeg_check(&picture) == SC_OK ? sc_jpeg_create() : NULL;
	const sc_jpeg_bands_s single = sc_jpeg_bands_for(&picture, 1);
	if (jpeg != NULL && sc_jpeg_bands_encode(&encoder, &picture, &single, 0, jpeg) < 0) {
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
