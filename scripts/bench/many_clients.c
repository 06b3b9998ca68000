// Many cheap MJPEG clients in one process, so that the measurement shows the cost of the server.
//
//   many_clients PORT PATH CLIENTS SILENT SETTLE MS EVERY FILE
//
// Connects CLIENTS clients that read, and SILENT clients that request the stream and never read it, to 127.0.0.1:PORT. When each
// reading client has received a frame it waits for SETTLE ms, then counts frames for MS ms. Prints a line when counting begins, and
// a line of JSON at the end; exits at the end of its standard input. The kernel discards the bytes (MSG_TRUNC), except for every
// EVERYth frame of the client that connected last, which is written to FILE as int64 arrival (us since 1970), int64 size, bytes.
// EVERY 0 keeps none.
//
// Requests HTTP/1.0, without chunked encoding. GStreamer's tcpserversink reads no request.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES 1024
#define HEAD_READ 512 // a part's headers take 150 bytes
#define FIRST_FRAME_MS 20000

typedef struct {
	int64_t arrived_us;
	int64_t size;
	uint8_t *bytes;
} kept_s;

typedef struct {
	int fd;
	char head[HEAD_BYTES + 1];
	size_t head_size;
	uint64_t left; // missing bytes of the frame; 0 between frames
	uint64_t frames;
	uint64_t counted; // frames when counting began
	long number;      // X-Frame of the newest part
	uint8_t *frame; // buffer of a frame that is kept, or NULL
	uint64_t frame_size;
} client_s;

static uint64_t out_of_order;
static uint64_t total_bytes;
static int without_frame;
static kept_s *kept;
static size_t kept_count;
static uint64_t keep_every;
static bool keeping;

static void die(const char *what) {
	fprintf(stderr, "many_clients: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t clock_us(clockid_t clock) {
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int connect_to(int port, const char *path) {
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) die("connect");
	char request[512];
	const int size = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n", path, port);
	if (send(fd, request, size, 0) != size) die("send");
	return fd;
}

static void frame_ended(client_s *client) {
	if (client->frames++ == 0) without_frame--;
	if (client->frame == NULL) return;
	kept = realloc(kept, (kept_count + 1) * sizeof *kept);
	if (kept == NULL) die("realloc");
	kept[kept_count++] = (kept_s){clock_us(CLOCK_REALTIME), client->frame_size, client->frame};
	client->frame = NULL;
}

static void begin_frame(client_s *client, uint64_t size, bool may_keep) {
	client->left = client->frame_size = size;
	if (!may_keep || !keeping || keep_every == 0 || client->frames % keep_every != 0) return;
	client->frame = malloc(size);
	if (client->frame == NULL) die("malloc");
}

// Consumes at most `size` bytes of the frame from `bytes`. Returns their number.
static size_t take_body(client_s *client, const char *bytes, size_t size) {
	const size_t taken = size < client->left ? size : client->left;
	if (client->frame != NULL && bytes != NULL)
		memcpy(client->frame + client->frame_size - client->left, bytes, taken);
	client->left -= taken;
	if (client->left == 0) frame_ended(client);
	return taken;
}

static void drop_head(client_s *client, size_t size) {
	client->head_size -= size;
	memmove(client->head, client->head + size, client->head_size);
	client->head[client->head_size] = 0;
}

// Parses client->head: blocks of headers, and the frame after each block that has a length.
static void read_head(client_s *client, bool may_keep) {
	char *end;
	while ((end = strstr(client->head, "\r\n\r\n")) != NULL) {
		*end = 0;
		const char *length = strcasestr(client->head, "content-length:");
		const char *number = strcasestr(client->head, "x-frame:");
		if (number != NULL) {
			const long value = strtol(number + 8, NULL, 10);
			if (value <= client->number) out_of_order++;
			client->number = value;
		}
		const uint64_t size = length == NULL ? 0 : strtoull(length + 15, NULL, 10);
		drop_head(client, end + 4 - client->head);
		if (size == 0) continue;
		begin_frame(client, size, may_keep);
		drop_head(client, take_body(client, client->head, client->head_size));
		if (client->left > 0) return;
	}
	// Many bytes without a header, such as blank lines that keep the connection alive.
	if (client->head_size > HEAD_BYTES - HEAD_READ) drop_head(client, HEAD_READ);
}

// Returns false if the server closed the connection.
static bool read_some(client_s *client, bool may_keep) {
	ssize_t got;
	if (client->left == 0) {
		got = recv(client->fd, client->head + client->head_size, HEAD_READ, MSG_DONTWAIT);
		if (got > 0) {
			// The string ends at the first zero of a JPEG; after the headers only the length is used.
			client->head_size += got;
			client->head[client->head_size] = 0;
			read_head(client, may_keep);
		}
	} else if (client->frame == NULL) {
		got = recv(client->fd, NULL, client->left, MSG_TRUNC | MSG_DONTWAIT);
		if (got > 0) take_body(client, NULL, got);
	} else {
		got = recv(client->fd, client->frame + client->frame_size - client->left, client->left, MSG_DONTWAIT);
		if (got > 0) take_body(client, NULL, got);
	}
	if (got > 0) total_bytes += got;
	return got > 0 || (got < 0 && errno == EAGAIN);
}

// Reads for a time, or until every client has received a frame.
static void read_for(int poll, client_s *clients, int count, int64_t ms, bool until_first) {
	struct epoll_event events[256];
	const int64_t end = clock_us(CLOCK_MONOTONIC) + ms * 1000;
	for (;;) {
		const int64_t left = end - clock_us(CLOCK_MONOTONIC);
		if (left <= 0 || (until_first && without_frame == 0)) return;
		const int ready = epoll_wait(poll, events, 256, (int)((left + 999) / 1000));
		if (ready < 0 && errno != EINTR) die("epoll_wait");
		for (int i = 0; i < ready; i++) {
			client_s *client = &clients[events[i].data.u32];
			if (read_some(client, events[i].data.u32 == (uint32_t)count - 1)) continue;
			errno = 0;
			die("the server closed a connection");
		}
	}
}

static int by_size(const void *a, const void *b) {
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void count_for(int poll, client_s *clients, int count, int64_t ms) {
	uint64_t *frames = calloc(count, sizeof *frames);
	if (frames == NULL) die("calloc");
	const uint64_t bytes = total_bytes, disorder = out_of_order;
	for (int i = 0; i < count; i++) clients[i].counted = clients[i].frames;
	const int64_t start = clock_us(CLOCK_MONOTONIC);
	read_for(poll, clients, count, ms, false);
	const double seconds = (clock_us(CLOCK_MONOTONIC) - start) / 1e6;
	for (int i = 0; i < count; i++) frames[i] = clients[i].frames - clients[i].counted;
	qsort(frames, count, sizeof *frames, by_size);
	printf("{\"seconds\":%.6f,\"least\":%" PRIu64 ",\"median\":%" PRIu64, seconds, frames[0], frames[count / 2]);
	printf(",\"bytes\":%" PRIu64 ",\"outOfOrder\":%" PRIu64 "}\n", total_bytes - bytes, out_of_order - disorder);
	fflush(stdout);
	free(frames);
}

static void write_kept(const char *path) {
	FILE *file = fopen(path, "wb");
	if (file == NULL) die(path);
	for (size_t i = 0; i < kept_count; i++) {
		fwrite(&kept[i].arrived_us, 8, 1, file);
		fwrite(&kept[i].size, 8, 1, file);
		fwrite(kept[i].bytes, 1, kept[i].size, file);
	}
	if (fclose(file) != 0) die(path);
}

int main(int argc, char **argv) {
	if (argc != 9) {
		fprintf(stderr, "many_clients PORT PATH CLIENTS SILENT SETTLE MS EVERY FILE\n");
		return 2;
	}
	const int port = atoi(argv[1]), count = atoi(argv[3]), silent = atoi(argv[4]);
	const int64_t settle_ms = atoll(argv[5]), ms = atoll(argv[6]);
	keep_every = strtoull(argv[7], NULL, 10);
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	client_s *clients = calloc(count, sizeof *clients);
	const int poll = epoll_create1(EPOLL_CLOEXEC);
	if (clients == NULL || poll < 0) die("start");
	for (int i = 0; i < silent; i++) connect_to(port, argv[2]);
	for (int i = 0; i < count; i++) {
		clients[i].fd = connect_to(port, argv[2]);
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
		if (epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event) < 0) die("epoll_ctl");
	}
	without_frame = count;
	read_for(poll, clients, count, FIRST_FRAME_MS, true);
	if (without_frame > 0) {
		fprintf(stderr, "many_clients: %d of %d clients received no frame in %d s\n", without_frame, count,
			FIRST_FRAME_MS / 1000);
		return 1;
	}
	read_for(poll, clients, count, settle_ms, false);
	keeping = true;
	printf("begin\n");
	fflush(stdout);
	count_for(poll, clients, count, ms);
	write_kept(argv[8]);
	// All stay connected until the memory of the server was measured.
	getchar();
	free(clients);
	return 0;
}
