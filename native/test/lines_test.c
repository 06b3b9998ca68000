// Line splatting on random and malformed streamlines, for ThreadSanitizer and AddressSanitizer. The image must be equal for 1 to 8
// threads and for streamlines that are added in parts, and that of a straight line is compared with its pixels.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../line_clip.h"
#include "../line_filter.h"
#include "../line_sample.h"
#include "../line_splat.h"
#include "../number.h"
#include "../parallel.h"
#include "check.h"
#include "random.h"
#include "splat_image.h"

enum { ROUNDS = 45, MAX_POINTS = 5000 };

static const double IDENTITY[16] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };

static float random_coordinate(void) {
	return random_below(200) == 0 ? wild_coordinate() : (float)((int)random_below(4915) - 2457) / 2048;
}

static sc_lines_view_s view_of(const double *matrix, double radius) {
	sc_lines_view_s view = { .radius = radius, .relief = -0.01 * radius, .is_orthographic = matrix[11] == 0 };
	memcpy(view.projection, matrix, sizeof(view.projection));
	memcpy(view.model_view, IDENTITY, sizeof(view.model_view));
	return view;
}

static void draw(image_s *image, const sc_lines_s *lines, uint64_t middle, const sc_lines_view_s *view, const sc_lines_style_s *style,
	const sc_clip_s *clip) {
	const uint64_t count = lines->order_count;
	CHECK(sc_splat_clear(&image->view, image->cells, image->cell_count) == SC_OK);
	CHECK(sc_lines_add(&image->view, image->cells, image->cell_count, lines, middle, count, view, clip) == SC_OK);
	CHECK(sc_lines_add(&image->view, image->cells, image->cell_count, lines, 0, middle, view, clip) == SC_OK);
	CHECK(sc_lines_resolve(&image->view, image->cells, image->cell_count, lines, view, style, image->depth, image->color,
		image->pixels) == SC_OK);
}

static float *flat_light(void) {
	float *light = malloc(SC_LINES_LIGHT_SIDE * SC_LINES_LIGHT_SIDE * sizeof(float));
	for (int i = 0; i < SC_LINES_LIGHT_SIDE * SC_LINES_LIGHT_SIDE; ++i) {
		light[i] = 1;
	}
	return light;
}

// The measures of streamlines are compared with plain ones in test/actors/streamlines.
static void measure(const sc_lines_s *lines, const sc_values_s *values) {
	const uint64_t words = (lines->points + 31) / 32;
	float *lengths = malloc(lines->lines * sizeof(float));
	double *means = malloc(lines->lines * sizeof(double));
	uint8_t *flags = malloc(lines->lines);
	uint32_t *bits = malloc(words * sizeof(uint32_t));
	memset(bits, 0xff, words * sizeof(uint32_t));
	const double sphere[4] = { 0.1, 0.2, 0.3, 0.5 };
	const double box[6] = { -0.5, -0.1, 0, 0.5, 0.4, 0.3 };
	CHECK(sc_lines_lengths(lines, lengths, lines->lines) == SC_OK);
	CHECK(sc_lines_means(lines, values, means, lines->lines) == SC_OK);
	CHECK(sc_lines_in_sphere(lines, sphere, flags, lines->lines) == SC_OK);
	CHECK(sc_lines_in_box(lines, box, flags, lines->lines) == SC_OK);
	CHECK(sc_values_mark(values, -0.5, 0.5, bits, 32 * words) == SC_OK);
	CHECK(sc_lines_mark_slab(lines, 2, -0.5, 0.5, bits, 32 * words) == SC_OK);
	CHECK(sc_lines_any(lines, bits, 32 * words, flags, lines->lines) == SC_OK);
	for (uint64_t line = 0; line < lines->lines; ++line) {
		CHECK(lengths[line] >= 0 && lengths[line] < INFINITY && flags[line] <= 1);
	}
	float *samples = malloc(lines->points * sizeof(float));
	const int16_t voxels[24] = { 0, 1, 2, 3 };
	sc_grid_s grid = { { voxels, 24, SC_NUMBER_INT16, 1, 0, 0 }, { 1, 0.2, 0, 0.5, 0, 1.5, 0, 0.9, 0.1, 0, 2, 1.5 }, 2, 1, { 2, 3, 4, 0 } };
	CHECK(sc_lines_sample(lines, &grid, samples, lines->points) == SC_OK);
	for (uint64_t point = 0; point < lines->points; ++point) {
		CHECK(isnan(samples[point]) || (samples[point] >= 1 && samples[point] <= 7));
	}
	CHECK(sc_lines_in_mask(lines, &grid, lines->points % 2, flags, lines->lines) == SC_OK);
	CHECK(sc_lines_sample(lines, &grid, samples, lines->points - 1) == SC_E_TOO_SMALL);
	grid.dims[2] = 5;
	CHECK(sc_lines_sample(lines, &grid, samples, lines->points) == SC_E_INVALID);
	free(samples);
	CHECK(sc_lines_lengths(lines, lengths, lines->lines - 1) == SC_E_TOO_SMALL);
	CHECK(sc_lines_any(lines, bits, lines->points - 1, flags, lines->lines) == SC_E_TOO_SMALL);
	CHECK(sc_lines_mark_slab(lines, 3, 0, 1, bits, 32 * words) == SC_E_INVALID);
	CHECK(sc_values_mark(values, 0, 1, bits, lines->points - 1) == SC_E_INVALID);
	free(lengths);
	free(means);
	free(flags);
	free(bits);
}

static void test_random_lines(void) {
	const double wild[16] = { 0.7, 0.1, 3, 0.9, -0.3, 0.8, NAN, 0, 0.2, 0, -1, -1, 0, INFINITY, 0.5, 2 };
	const double perspective[16] = { 1.5, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, -1.2, -1, 0, 0, -0.1, 0.3 };
	float *light = flat_light();
	for (int round = 0; round < ROUNDS; ++round) {
		const uint32_t points = random_below(round % 4 == 0 ? MAX_POINTS : 300) + 1;
		const uint32_t lines = 1 + random_below(points);
		float *positions = malloc(3 * points * sizeof(float));
		double *values = malloc(2 * points * sizeof(double));
		uint32_t *offsets = malloc((lines + 1) * sizeof(uint32_t));
		uint32_t *order = malloc(lines * sizeof(uint32_t));
		uint32_t *visible = malloc((points + 31) / 32 * sizeof(uint32_t));
		uint32_t *colors = malloc((lines + 256) * sizeof(uint32_t));
		for (uint32_t i = 0; i < 3 * points; ++i) {
			positions[i] = random_coordinate();
		}
		for (uint32_t i = 0; i < 2 * points; ++i) {
			values[i] = random_coordinate();
		}
		for (uint32_t i = 0; i < (points + 31) / 32; ++i) {
			visible[i] = random_below(1 << 24) << 8 | random_below(1 << 8) | 0x0f0f0f0f;
		}
		for (uint32_t i = 0; i < lines + 256; ++i) {
			colors[i] = random_below(1 << 24) | 0xff000000u;
		}
		for (uint32_t i = 0; i <= lines; ++i) {
			// Some are not in ascending order, or outside.
			offsets[i] = random_below(50) == 0 ? random_below(2 * points) : (uint32_t)((uint64_t)points * i / lines);
		}
		for (uint32_t i = 0; i < lines; ++i) {
			order[i] = random_below(50) == 0 ? random_below(2 * lines) : i;
		}
		const sc_lines_s data = { positions, offsets, order, round % 3 == 0 ? visible : NULL, points, lines, lines };
		const sc_lines_style_s style = { .table = colors, .table_count = lines + 256, .brightness = light, .min = -1, .max = 1,
			.values = { values, points, SC_NUMBER_FLOAT64, 2, (int)random_below(3) - 1, 0 }, .source = round % 5, .fixed = 0xff123456u };
		const double *matrices[] = { IDENTITY, perspective, wild };
		const sc_lines_view_s view = view_of(matrices[round % 3], round % 2 == 0 ? 0 : random_below(40) / 4.0);
		const sc_splat_view_s size = { 1 + random_below(200), 1 + random_below(200), view.radius > 0 ? 1 : 1 + random_below(5) };
		image_s expected = image_init(size);
		image_s image = image_init(size);
		measure(&data, &style.values);
		sc_parallel_set_threads(1);
		const sc_clip_s planes = { { { random_coordinate(), random_coordinate(), random_coordinate(), random_coordinate() },
			{ -1, 0, 0.5f, random_coordinate() } }, random_below(3) };
		const sc_clip_s *clip = round % 4 == 0 ? NULL : &planes;
		draw(&expected, &data, 0, &view, &style, clip);
		for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
			sc_parallel_set_threads(threads);
			draw(&image, &data, random_below(lines + 1), &view, &style, clip);
			CHECK(memcmp(image.depth, expected.depth, image.pixels * sizeof(float)) == 0);
			CHECK(memcmp(image.color, expected.color, image.pixels * sizeof(uint32_t)) == 0);
		}
		for (uint64_t pixel = 0; pixel < image.pixels; ++pixel) {
			CHECK(image.depth[pixel] == SC_SPLAT_EMPTY || (image.depth[pixel] >= 0 && image.depth[pixel] <= 1));
			CHECK((image.depth[pixel] == SC_SPLAT_EMPTY) == (image.color[pixel] == 0));
		}
		image_destroy(&expected);
		image_destroy(&image);
		free(positions);
		free(values);
		free(offsets);
		free(order);
		free(visible);
		free(colors);
	}
	sc_parallel_set_threads(0);
	free(light);
}

// A diagonal across the image, which leaves it on both sides, covers the diagonal's pixels.
static void test_clipped_diagonal(void) {
	enum { SIDE = 64 };
	const float positions[6] = { -3, -3, 0, 3, 3, 0.5f };
	const uint32_t offsets[2] = { 0, 2 };
	const uint32_t order[1] = { 0 };
	float *light = flat_light();
	const sc_lines_s data = { positions, offsets, order, NULL, 2, 1, 1 };
	const sc_lines_style_s style = { .brightness = light, .source = SC_LINES_DIRECTION };
	const sc_lines_view_s view = view_of(IDENTITY, 0);
	image_s image = image_init((sc_splat_view_s){ SIDE, SIDE, 1 });
	draw(&image, &data, 0, &view, &style, NULL);
	for (int row = 0; row < SIDE; ++row) {
		for (int column = 0; column < SIDE; ++column) {
			CHECK((image.depth[row * SIDE + column] <= 1) == (row == column));
		}
	}
	// The depth of the middle, and the color of the direction.
	CHECK(fabsf(image.depth[32 * SIDE + 32] - (0.5f + 0.125f)) < 0.01f);
	const uint32_t color = image.color[5 * SIDE + 5];
	CHECK((color & 0xff) == 180 && (color >> 8 & 0xff) == 180 && (color >> 16 & 0xff) == 15);
	// The parts beyond two planes are cut off.
	const sc_clip_s clip = { { { 1, 0, 0, 0.5f }, { 0, -1, 0, 0.25f } }, 2 };
	draw(&image, &data, 0, &view, &style, &clip);
	for (int row = 0; row < SIDE; ++row) {
		CHECK((image.depth[row * SIDE + row] <= 1) == (row >= SIDE / 4 && row <= SIDE * 5 / 8));
	}
	image_destroy(&image);
	free(light);
}

static int is_inside(const float at[4], const float limits[3]) {
	// Rounding may place a clipped end beyond a border by this share of the view.
	const float margin = 1e-4f * at[3];
	int inside = at[3] >= SC_CLIP_MIN_W / 2;
	for (int axis = 0; axis < 3; ++axis) {
		inside &= at[axis] >= -margin * limits[axis] && at[axis] <= limits[axis] * at[3] + margin * limits[axis];
	}
	return inside;
}

// What is left of a segment is inside, and an end that was inside stays as it is.
static void test_clip_to_view(void) {
	const float limits[3] = { 200, 100, 1 };
	int left = 0;
	for (int round = 0; round < 10000; ++round) {
		float before[2][4];
		for (int i = 0; i < 8; ++i) {
			const float w = i / 4 == 0 ? 1 : 2;
			before[i / 4][i % 4] = i % 4 == 3 ? w : (float)random_between(-1, 2) * limits[i % 4] * w;
		}
		float after[2][4];
		memcpy(after, before, sizeof(after));
		const int is_left = sc_clip_to_view(after[0], after[1], limits);
		left += is_left;
		for (int end = 0; end < 2; ++end) {
			CHECK(!is_left || is_inside(after[end], limits));
			if (is_inside(before[end], (float[3]){ 199, 99, 0.99f }) && before[end][0] > 1 && before[end][1] > 1 && before[end][2] > 0.01f) {
				CHECK(is_left && memcmp(after[end], before[end], sizeof(after[end])) == 0);
			}
		}
	}
	CHECK(left > 1000 && left < 9000);
	float nan_end[4] = { NAN, 0, 0, 1 };
	float behind[4] = { 0, 0, 0, -1 };
	CHECK(!sc_clip_to_view(nan_end, behind, limits));
}

static void test_clip_to_planes(void) {
	// x >= -1 and x <= 2
	const sc_clip_s clip = { { { 1, 0, 0, 1 }, { -1, 0, 0, 2 } }, 2 };
	float a[3] = { -3, 0, 4 };
	float b[3] = { 5, 8, 0 };
	CHECK(sc_clip_to_planes(&clip, a, b));
	CHECK(a[0] == -1 && a[1] == 2 && a[2] == 3 && b[0] == 2 && b[1] == 5 && b[2] == 1.5f);
	float beyond[3] = { 3, 0, 0 };
	float further[3] = { 4, 0, 0 };
	CHECK(!sc_clip_to_planes(&clip, beyond, further));
	const float points[12] = { -2, 0, 0, -1, 0, 0, 2, 0, 0, 2.5f, 0, 0 };
	uint8_t inside[4] = { 1, 1, 0, 1 };
	sc_clip_mark(&clip, points, 4, inside);
	CHECK(inside[0] == 0 && inside[1] == 1 && inside[2] == 0 && inside[3] == 0);
}

// A tube along x is as wide as its diameter and nearest at its axis.
static void test_tube(void) {
	enum { WIDTH = 60, HEIGHT = 40, RADIUS = 8 };
	const float positions[6] = { -0.5f, 0, 0, 0.5f, 0, 0 };
	const uint32_t offsets[2] = { 0, 2 };
	const uint32_t order[1] = { 0 };
	float *light = flat_light();
	const sc_lines_s data = { positions, offsets, order, NULL, 2, 1, 1 };
	const sc_lines_style_s style = { .brightness = light, .source = SC_LINES_FIXED, .fixed = 0xff0000ffu };
	const sc_lines_view_s view = view_of(IDENTITY, RADIUS);
	image_s image = image_init((sc_splat_view_s){ WIDTH, HEIGHT, 1 });
	draw(&image, &data, 0, &view, &style, NULL);
	for (int row = 0; row < HEIGHT; ++row) {
		const float depth = image.depth[row * WIDTH + WIDTH / 2];
		const float across = ((float)row + 0.5f - HEIGHT / 2) / RADIUS;
		CHECK((depth <= 1) == (fabsf(across) < 1));
		CHECK(depth > 1 || fabsf(depth - (0.5f - 0.08f * sqrtf(1 - across * across))) < 1e-5f);
	}
	// Round caps, one radius beyond the ends.
	CHECK(image.depth[HEIGHT / 2 * WIDTH + 45 + RADIUS - 1] <= 1 && image.depth[HEIGHT / 2 * WIDTH + 45 + RADIUS + 1] > 1);
	image_destroy(&image);
	free(light);
}

static void test_invalid(void) {
	const float positions[6] = { 0 };
	const uint32_t offsets[2] = { 0, 2 };
	const uint32_t order[1] = { 0 };
	uint64_t cells[4];
	float depth[4];
	uint32_t color[4];
	const sc_splat_view_s view = { 2, 2, 1 };
	const sc_lines_s data = { positions, offsets, order, NULL, 2, 1, 1 };
	const sc_lines_view_s view3d = view_of(IDENTITY, 0);
	sc_lines_style_s style = { .source = SC_LINES_PER_LINE };
	CHECK(sc_splat_clear(&view, cells, 4) == SC_OK);
	CHECK(sc_lines_add(&view, cells, 3, &data, 0, 1, &view3d, NULL) == SC_E_TOO_SMALL);
	CHECK(sc_lines_add(&view, cells, 4, &data, 0, 2, &view3d, NULL) == SC_E_INVALID);
	CHECK(sc_lines_add(&view, cells, 4, &data, 1, 0, &view3d, NULL) == SC_E_INVALID);
	CHECK(sc_lines_resolve(&view, cells, 4, &data, &view3d, &style, depth, color, 4) == SC_E_INVALID);
	style.source = SC_LINES_PER_POINT;
	style.table = order;
	style.table_count = 1;
	CHECK(sc_lines_resolve(&view, cells, 4, &data, &view3d, &style, depth, color, 4) == SC_E_INVALID);
	style.source = SC_LINES_FIXED;
	CHECK(sc_lines_resolve(&view, cells, 4, &data, &view3d, &style, depth, color, 3) == SC_E_TOO_SMALL);
}

int main(void) {
	test_random_lines();
	test_clip_to_view();
	test_clip_to_planes();
	test_clipped_diagonal();
	test_tube();
	test_invalid();
	printf("lines: ok\n");
	return 0;
}
