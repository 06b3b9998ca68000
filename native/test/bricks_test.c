// Bricks of random volumes, for AddressSanitizer and ThreadSanitizer, compared with simple reference implementations.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../parallel.h"
#include "../volume_bricks.h"
#include "brick_volume.h"
#include "check.h"
#include "random.h"

enum { ROUNDS = 40 };

static void test_bricks(void) {
	for (int round = 0; round < ROUNDS; ++round) {
		volume_s volume = volume_init(round % 4 == 0 ? 70 : 20, 1);
		const int lowest = 1 + (int)random_below(250);
		sc_parallel_set_threads(1 + (int)random_below(8));
		set_visible(&volume, lowest);
		uint8_t *is_visible = calloc(volume.bricks, 1);
		for (uint64_t brick = 0; brick < volume.bricks; ++brick) {
			const uint64_t *counts = volume.counts;
			const int64_t start[3] = { (int64_t)(brick % counts[0] * 8), (int64_t)(brick / counts[0] % counts[1] * 8),
				(int64_t)(brick / counts[0] / counts[1] * 8) };
			int min = 255;
			int max = 0;
			for (int i = 0; i < 9 * 9 * 9; ++i) {
				const int64_t at[3] = { start[0] + i % 9, start[1] + i / 9 % 9, start[2] + i / 81 };
				const uint8_t value = value_at(&volume, at);
				min = value < min ? value : min;
				max = value > max ? value : max;
				if (i % 9 < 8 && i / 9 % 9 < 8 && i / 81 < 8) {
					CHECK(volume.voxels[brick * 512 + (uint64_t)(i / 81 * 64 + i / 9 % 9 * 8 + i % 9)] == value);
				}
			}
			CHECK(volume.minima[brick] == min && volume.maxima[brick] == max);
			is_visible[brick] = max >= lowest;
		}
		for (uint64_t brick = 0; brick < volume.bricks; ++brick) {
			int nearest = SC_BRICK_MAX_DISTANCE;
			for (uint64_t other = 0; other < volume.bricks; ++other) {
				const uint64_t *counts = volume.counts;
				const int dx = abs((int)(brick % counts[0]) - (int)(other % counts[0]));
				const int dy = abs((int)(brick / counts[0] % counts[1]) - (int)(other / counts[0] % counts[1]));
				const int dz = abs((int)(brick / counts[0] / counts[1]) - (int)(other / counts[0] / counts[1]));
				const int distance = dx > dy ? (dx > dz ? dx : dz) : dy > dz ? dy : dz;
				nearest = is_visible[other] && distance < nearest ? distance : nearest;
			}
			CHECK(volume.distances[brick] == nearest);
		}
		free(is_visible);
		volume_destroy(&volume);
	}
	sc_parallel_set_threads(0);
}

static void test_quantization(void) {
	const float values[8] = { -1, 0, 50, 100, 150, NAN, INFINITY, 25 };
	const uint32_t shape[4] = { 8, 1, 1, 1 };
	uint8_t voxels[SC_BRICK_VOXELS];
	uint8_t min;
	uint8_t max;
	CHECK(sc_bricks_fill(values, 8, SC_NUMBER_FLOAT32, shape, 0, 0.01, 0, -1e38, 1e38, voxels, sizeof(voxels), &min, &max, 1) == SC_OK);
	CHECK(memcmp(voxels, (const uint8_t[8]){ 0, 0, 128, 255, 255, 0, 0, 64 }, 8) == 0);
	CHECK(sc_bricks_fill(values, 8, SC_NUMBER_FLOAT32, shape, 0, 0.01, 0, 0.4, 1.2, voxels, sizeof(voxels), &min, &max, 1) == SC_OK);
	CHECK(memcmp(voxels, (const uint8_t[8]){ 0, 0, 128, 255, 0, 0, 0, 0 }, 8) == 0);
	CHECK(min == 0 && max == 255);
}

static void test_invalid(void) {
	const uint32_t shape[4] = { 4, 4, 4, 1 };
	const uint32_t empty[4] = { 4, 0, 4, 1 };
	const uint32_t large[4] = { UINT32_MAX, UINT32_MAX, UINT32_MAX, 1 };
	uint8_t values[64] = { 0 };
	uint8_t voxels[SC_BRICK_VOXELS];
	uint8_t range[1] = { 0 };
	CHECK(sc_bricks_count(shape) == 1 && sc_bricks_count(empty) == 0 && sc_bricks_count(large) == 0);
	CHECK(sc_bricks_fill(values, 63, SC_NUMBER_UINT8, shape, 0, 1, 0, 0, 1, voxels, 512, range, range, 1) == SC_E_TOO_SMALL);
	CHECK(sc_bricks_fill(values, 64, SC_NUMBER_UINT8, shape, 0, 1, 0, 0, 1, voxels, 511, range, range, 1) == SC_E_TOO_SMALL);
	CHECK(sc_bricks_fill(values, 64, SC_NUMBER_UINT8, shape, 0, 1, 0, 0, 1, voxels, 512, range, range, 0) == SC_E_TOO_SMALL);
	CHECK(sc_bricks_fill(values, 64, 77, shape, 0, 1, 0, 0, 1, voxels, 512, range, range, 1) == SC_E_INVALID);
	CHECK(sc_bricks_fill(values, 64, SC_NUMBER_UINT8, empty, 0, 1, 0, 0, 1, voxels, 512, range, range, 1) == SC_E_INVALID);
	CHECK(sc_bricks_fill(values, 64, SC_NUMBER_UINT8, shape, 0, 1, 0, 0, 1, voxels, 512, range, range, 1) == SC_OK);
	CHECK(sc_bricks_distances(shape, range, range, 0, values, range) == SC_E_TOO_SMALL);
}

int main(void) {
	test_bricks();
	test_quantization();
	test_invalid();
	printf("bricks: ok\n");
	return 0;
}
