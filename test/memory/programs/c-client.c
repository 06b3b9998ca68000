// Reads the newest frame of an image, or writes one: c-client read|write INFO IMAGE...
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "scenecast_memory.h"

static void *map_segment(const char *name) {
	char path[256];
	snprintf(path, sizeof(path), "/dev/shm/%s", name);
	const int file = open(path, O_RDWR);
	struct stat status;
	if (file < 0 || fstat(file, &status) < 0) {
		perror(path);
		exit(1);
	}
	return mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

static uint32_t load(uint32_t *word) {
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void add_one(uint32_t *word) {
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
}

static void read_frame(struct scenecast_info *info, struct scenecast_extension *extension, char **names) {
	for (;;) {
		const uint32_t index = load(&info->current_buffer);
		struct scenecast_slot *slot = &extension->slots[index];
		const uint32_t sequence = load(&slot->sequence);
		if (sequence % 2 != 0) continue;
		const uint32_t width = info->sizes[2 * index];
		const uint32_t height = info->sizes[2 * index + 1];
		const struct scenecast_slot copy = *slot;
		const uint8_t *pixels = map_segment(names[index]);
		unsigned long sum = 0;
		for (uint32_t i = 0; i < width * height * 3; ++i) sum += pixels[i];
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (load(&slot->sequence) != sequence) continue;
		printf("%ux%u frame %.0f still %u render %g ms sum %lu view angle %g\n", width, height, copy.frame_number,
			copy.flags & SCENECAST_STILL, copy.render_ms, sum, extension->camera.view_angle);
		return;
	}
}

static void write_frame(struct scenecast_info *info, struct scenecast_extension *extension, char **names) {
	const uint32_t index = (load(&info->current_buffer) + 1) % extension->num_buffers;
	struct scenecast_slot *slot = &extension->slots[index];
	double newest = 0;
	for (uint32_t i = 0; i < extension->num_buffers; ++i) {
		if (extension->slots[i].frame_number > newest) newest = extension->slots[i].frame_number;
	}

	add_one(&slot->sequence);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	uint8_t *pixels = map_segment(names[index]);
	for (int i = 0; i < 4 * 2 * 3; ++i) pixels[i] = (uint8_t)i;
	info->sizes[2 * index] = 4;
	info->sizes[2 * index + 1] = 2;
	add_one(&extension->camera_sequence);
	extension->camera = (struct scenecast_camera){
		.position = {7, 8, 9}, .focal_point = {0, 0, 0}, .view_up = {0, 1, 0}, .view_angle = 45};
	__atomic_store_n(&info->current_buffer, index, __ATOMIC_SEQ_CST);
	slot->flags = 0;
	slot->frame_number = newest + 1;
	slot->rendered_at_ms = (double)time(NULL) * 1000;
	slot->render_ms = 1.5;
	slot->event_timestamp_ms = NAN;
	slot->view_width = slot->view_height = 0;
	add_one(&slot->sequence);
	add_one(&extension->camera_sequence);
	add_one(&extension->frame_word);
	syscall(SYS_futex, &extension->frame_word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int main(int argc, char **argv) {
	if (argc < 4) return 2;
	struct scenecast_info *info = map_segment(argv[2]);
	struct scenecast_extension *extension = (void *)((char *)info + SCENECAST_EXTENSION_START);
	if (memcmp(extension->magic, SCENECAST_MAGIC, 8) != 0 || extension->version != SCENECAST_VERSION) return 3;
	(strcmp(argv[1], "read") == 0 ? read_frame : write_frame)(info, extension, argv + 3);
	return 0;
}
