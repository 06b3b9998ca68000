// Decodes VP8 for tests in TypeScript. Standard input: frames of one stream, each behind its length (u32, little-endian). Prints
// a line for each: its width, its height, and the mean of its luma; or "broken".
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "check.h"

enum { MOST_BYTES = 1 << 24 };

static void _print(const vpx_image_t *image) {
	double sum = 0;
	for (unsigned int y = 0; y < image->d_h; ++y) {
		for (unsigned int x = 0; x < image->d_w; ++x) {
			sum += image->planes[0][y * (unsigned int)image->stride[0] + x];
		}
	}
	printf("%u %u %.2f\n", image->d_w, image->d_h, sum / image->d_w / image->d_h);
}

int main(void) {
	vpx_codec_ctx_t decoder;
	CHECK(vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0) == VPX_CODEC_OK);
	unsigned char *bytes = malloc(MOST_BYTES);
	unsigned char length[4];
	CHECK(bytes != NULL);
	while (fread(length, 1, 4, stdin) == 4) {
		const size_t size = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
		CHECK(size <= MOST_BYTES && fread(bytes, 1, size, stdin) == size);
		vpx_codec_iter_t next = NULL;
		const int ok = vpx_codec_decode(&decoder, bytes, (unsigned int)size, NULL, 0) == VPX_CODEC_OK;
		const vpx_image_t *image = ok ? vpx_codec_get_frame(&decoder, &next) : NULL;
		if (image != NULL) {
			_print(image);
		} else {
			puts("broken");
		}
	}
	return 0;
}
