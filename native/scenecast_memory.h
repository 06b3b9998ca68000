/*
 * Layout of scenecast's shared memory, and how to use it. Requires C11 or C++11 only, and no library.
 * src/memory/layout.generated.ts is generated from this file by scripts/generate-memory-layout.ts.
 *
 * A renderer ("producer") and a server ("consumer") share POSIX shared memory segments (shm_open; /dev/shm/NAME):
 *
 *   image 0 .. n-1   frames, one per segment          uint8, see "Images"
 *   info             which frame is the newest        struct scenecast_info, and struct scenecast_extension at byte 4096
 *   queue            input events                     struct scenecast_queue, rows of struct scenecast_event
 *   head/tail        state of the queue               struct scenecast_queue_state
 *
 * All numbers are little-endian. The part before byte 4096 of the info segment, the images and the queue are the layout of
 * FURY 0.12 (fury.stream): its programs read and write them without knowing the extension.
 *
 * Images. Rows bottom-up as OpenGL has them (top-down if the slot has SCENECAST_TOP_DOWN), tightly packed, from byte 0: width * height * 3 bytes of RGB, or * 4 of RGBA if
 * scenecast_extension.pixel_format says so (FURY programs read RGB only). A segment has room for the largest frame. Width and
 * height of each frame are in scenecast_info.sizes.
 *
 * Writing a frame (i is the next buffer, (current_buffer + 1) % n):
 *   1. slots[i].sequence += 1 if it is even, so that it is odd: readers wait. Then a full memory barrier.
 *   2. Write the pixels, then sizes[i].
 *   3. Optional, with a camera: camera_sequence += 1 so that it is odd; write the camera.
 *   4. current_buffer = i.
 *   5. Write the other fields of slots[i]; frame_number is larger than that of any frame before. Then slots[i].sequence += 1,
 *      so that it is even; never 0 (use 2 then).
 *   6. With a camera: camera_sequence += 1, so that it is even; never 0.
 *   7. frame_word += 1 (atomically), and wake all its waiters: futex(&frame_word, FUTEX_WAKE, INT_MAX), not FUTEX_PRIVATE.
 * A plain FURY producer does 2 and 4 only.
 *
 * Reading a frame:
 *   1. i = current_buffer; s = slots[i].sequence. If s is odd, the frame is being written: try again.
 *   2. Read sizes[i] and the fields of slots[i], and copy the pixels. Check that width * height fits into the segment.
 *   3. Full memory barrier. If slots[i].sequence is not s, the copy may be torn: try again from 1.
 * If slots[i].frame_number is not the largest of all slots, the frame is one of a plain FURY producer: then the slot says
 * nothing about it, and a copy is whole if current_buffer did not move on to i again while it was copied.
 *
 * Queue. maxSize rows. Empty: head = tail = -1. Full: (tail + 1) % max_size == head.
 *   Lock: scenecast writes a random number from 2 on into `lock` if it is 0, by compare-and-exchange, and 0 to release it if
 *   the number is still there. FURY writes 1 in two steps (check, then set), so both sides may believe that they hold the lock:
 *   change head and tail only while `lock` is still your number, all 12 bytes in one compare-and-exchange (16 bytes: the word
 *   behind them is in the same page) or accept that a FURY program may overwrite it. A lock that stays set for 1 s with head
 *   and tail unchanged was left by a dead process: break it.
 *   Enqueue: i = (tail + 1) % max_size, or any if empty; write the row i; then tail = i, and head = i if the queue was empty.
 *   Dequeue: copy the row head; then head = (head + 1) % max_size, or head = tail = -1 if it was the last.
 *   After enqueueing: renderer_word += 1, and wake its waiters.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Offset of struct scenecast_extension in the info segment, bytes. */
#define SCENECAST_EXTENSION_START 4096
/* Info segments with the extension have whole pages of this size, bytes. */
#define SCENECAST_PAGE_BYTES 4096
/* Maximum number of image buffers: more sizes would overlap the extension. */
#define SCENECAST_MAX_BUFFERS 510
#define SCENECAST_MAGIC "SCNECAST"
/* Version of the extension; a reader that does not know it uses FURY's part alone. */
#define SCENECAST_VERSION 1

/* FURY's info segment. */
struct scenecast_info {
	uint32_t num_values;     /* 2 + 2n for n buffers */
	uint32_t num_arrays;     /* 1 */
	uint32_t components;     /* never written by FURY, 0 */
	uint32_t current_buffer; /* index of the newest frame's buffer */
	uint32_t sizes[];        /* width and height in px of the frame in each buffer; 0 until it is first written */
};

enum scenecast_pixel_format { SCENECAST_RGB = 0, SCENECAST_RGBA = 1 };

/* The camera of the newest frame. All 0 before the first. */
struct scenecast_camera {
	double position[3];    /* world units */
	double focal_point[3]; /* world units */
	double view_up[3];
	double view_angle;     /* vertical, degrees, 0 to 180 (exclusive) */
	double parallel_scale; /* half the height of an orthographic view, world units; 0 with a perspective camera */
};

/* Bits of scenecast_slot.flags. STILL: the full-quality frame of a view that does not move. TOP_DOWN: the first row is the highest; only
   for producers whose readers all know the extension. */
enum scenecast_slot_flag { SCENECAST_STILL = 1, SCENECAST_TOP_DOWN = 2 };

/* About the frame in one buffer. The renderer writes it. */
struct scenecast_slot {
	uint32_t sequence;         /* odd while the buffer, its size and this slot are written; + 2 with each frame */
	uint32_t flags;            /* enum scenecast_slot_flag */
	double frame_number;       /* from 1; 0 before the first */
	double rendered_at_ms;     /* when rendering ended, ms since 1970 */
	double render_ms;          /* rendering time, ms; NaN: unknown */
	double event_timestamp_ms; /* time stamp of the newest event that the frame shows, by its sender's clock; NaN: none */
	uint32_t view_width;       /* size in px of the view that the frame shows, if it has fewer pixels; else 0 */
	uint32_t view_height;
	uint8_t reserved[16];
};

/* Bits of scenecast_extension.event_capabilities: events beyond FURY's eight that the renderer handles. */
enum scenecast_event_capability {
	SCENECAST_CAPABILITY_RESIZE = 1,
	SCENECAST_CAPABILITY_KEYS = 2,
	SCENECAST_CAPABILITY_DOUBLE_CLICK = 4,
};

/* At byte 4096 of the info segment. In brackets: the program that writes the field. */
struct scenecast_extension {
	char magic[8];                     /* "SCNECAST", written last [creator] */
	uint32_t version;                  /* SCENECAST_VERSION [creator] */
	uint32_t num_buffers;              /* n, 1 to SCENECAST_MAX_BUFFERS [creator] */
	uint32_t pixel_format;             /* enum scenecast_pixel_format [creator] */
	uint32_t max_width;                /* largest frame in px: any size with no more pixels fits [creator] */
	uint32_t max_height;
	uint32_t pid;                      /* process id of the creator [creator] */
	uint32_t frame_word;               /* futex: + 1 and a wake after each frame [renderer] */
	uint32_t renderer_word;            /* futex: + 1 and a wake after events were enqueued or `viewers` was set [server] */
	uint32_t viewers;                  /* number of viewers; while it is 0 and server_signals is 1, nothing is rendered [server] */
	uint32_t event_capabilities;       /* enum scenecast_event_capability [renderer] */
	uint32_t server_signals;           /* 1: a server is attached that wakes renderer_word; else the queue must be polled [server] */
	uint32_t renders;                  /* number of renders since the start [renderer] */
	uint32_t camera_sequence;          /* odd while the camera is written and its frame becomes the current one [renderer] */
	uint32_t pending_render;           /* 1: the newest frame is not yet the current view in full quality, and one that is
	                                      will follow while there are viewers [renderer] */
	struct scenecast_camera camera;    /* [renderer] */
	uint32_t allow_reduced_resolution; /* 1: frames may have fewer pixels than their view [server] */
	uint8_t reserved[100];
	struct scenecast_slot slots[];     /* one per buffer */
};

/* scenecast_event.id. FURY's consumer raises an exception on ids above 8, so those go only to renderers with the capability. */
enum scenecast_event_id {
	SCENECAST_EVENT_WHEEL = 1,
	SCENECAST_EVENT_MOUSE_MOVE = 2,
	SCENECAST_EVENT_LEFT_PRESS = 3,
	SCENECAST_EVENT_LEFT_RELEASE = 4,
	SCENECAST_EVENT_MIDDLE_PRESS = 5,
	SCENECAST_EVENT_MIDDLE_RELEASE = 6,
	SCENECAST_EVENT_RIGHT_PRESS = 7,
	SCENECAST_EVENT_RIGHT_RELEASE = 8,
	SCENECAST_EVENT_RESIZE = 9,
	SCENECAST_EVENT_KEY_DOWN = 10,
	SCENECAST_EVENT_KEY_UP = 11,
	SCENECAST_EVENT_DOUBLE_CLICK = 12,
};

/* One input event, a row of the queue. */
struct scenecast_event {
	double id;        /* enum scenecast_event_id */
	double value;     /* wheel: deltaY in px, down positive; resize: device pixels per logical px; keys: key code, see below;
	                     double click: button, 0 left, 1 middle, 2 right */
	double x;         /* fraction of the view's width; resize: width in logical px; wheel: deltaX in px, right positive, if the
	                     renderer has any event capability, else 0 */
	double y;         /* fraction of the view's height, y down; resize: height in logical px */
	double ctrl;      /* 0 or 1 */
	double shift;     /* 0 or 1 */
	double timestamp; /* ms, by the sender's clock */
	double flags;     /* keys: 1 alt + 2 meta + 4 repeat; wheel, mouse and double click: 1 alt + 2 meta if the renderer has any
	                     event capability; else 0 */
};
/* Key codes: the Unicode code point of a key that types one character; 0x110000 + index of a named key, in the order of
   NAMED_KEYS in src/memory/key-codes.ts. */

/* The queue segment. FURY allocates max_size + 1 rows and uses max_size. */
struct scenecast_queue {
	double max_size;
	double dimension; /* values in a row; 8 for events */
	struct scenecast_event rows[];
};

/* The head/tail segment. */
struct scenecast_queue_state {
	int32_t head; /* index of the oldest row; -1: empty */
	int32_t tail; /* index of the newest row; -1: empty */
	int32_t lock; /* 0 free; 1 held by a FURY program; else held by a scenecast program */
};

/* Bytes of an info segment with the extension for n buffers. */
static inline size_t scenecast_info_bytes(uint32_t n) {
	const size_t end =
		SCENECAST_EXTENSION_START + sizeof(struct scenecast_extension) + n * sizeof(struct scenecast_slot);
	return (end + SCENECAST_PAGE_BYTES - 1) / SCENECAST_PAGE_BYTES * SCENECAST_PAGE_BYTES;
}

#ifdef __cplusplus
#define SCENECAST_ASSERT_LAYOUT(condition) static_assert(condition, #condition)
#else
#define SCENECAST_ASSERT_LAYOUT(condition) _Static_assert(condition, #condition)
#endif
#define SCENECAST_ASSERT_OFFSET(type, member, offset) SCENECAST_ASSERT_LAYOUT(offsetof(struct type, member) == (offset))

SCENECAST_ASSERT_OFFSET(scenecast_info, current_buffer, 12);
SCENECAST_ASSERT_OFFSET(scenecast_info, sizes, 16);
SCENECAST_ASSERT_OFFSET(scenecast_extension, frame_word, 32);
SCENECAST_ASSERT_OFFSET(scenecast_extension, renderer_word, 36);
SCENECAST_ASSERT_OFFSET(scenecast_extension, camera_sequence, 56);
SCENECAST_ASSERT_OFFSET(scenecast_extension, camera, 64);
SCENECAST_ASSERT_OFFSET(scenecast_extension, allow_reduced_resolution, 152);
SCENECAST_ASSERT_OFFSET(scenecast_extension, slots, 256);
SCENECAST_ASSERT_OFFSET(scenecast_slot, frame_number, 8);
SCENECAST_ASSERT_OFFSET(scenecast_slot, view_width, 40);
SCENECAST_ASSERT_LAYOUT(sizeof(struct scenecast_slot) == 64);
SCENECAST_ASSERT_LAYOUT(sizeof(struct scenecast_event) == 64);
SCENECAST_ASSERT_OFFSET(scenecast_queue, rows, 16);
SCENECAST_ASSERT_LAYOUT(sizeof(struct scenecast_queue_state) == 12);
SCENECAST_ASSERT_LAYOUT(SCENECAST_EXTENSION_START >= sizeof(struct scenecast_info) + 8 * SCENECAST_MAX_BUFFERS);
