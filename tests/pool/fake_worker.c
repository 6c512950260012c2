/* SPDX-License-Identifier: MIT */
/*
 * A worker that does what the operation is called: Echo answers with the request, the
 * others are ways to be broken.  The name of the state directory may name one too, for
 * what a worker does before it is asked; each start leaves a line in STATE_DIR/starts.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame.h"
#include "daemon/pool/api_frame.h"
#include "tests/lib/scratch.h"

#define CHANNEL_FD 3

static uint8_t frame[API_FRAME_SIZE];

static bool read_all(uint8_t *out, size_t len)
{
	return recv(CHANNEL_FD, out, len, MSG_WAITALL) == (ssize_t)len;
}

static void write_all(const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t put = send(CHANNEL_FD, bytes, len, MSG_NOSIGNAL);

		if (put <= 0)
			exit(1);
		bytes += put;
		len -= (size_t)put;
	}
}

static size_t encode_echo(const struct api_call *call)
{
	json_t *request = json_loadb((const char *)call->body.data, call->body.len, 0, NULL);
	static uint8_t answer[API_FRAME_SIZE];
	size_t len = 0;

	if (api_result_encode(request, answer, sizeof(answer), &len) != UP_OK)
		abort();
	json_decref(request);
	memcpy(frame, answer, len);
	return len;
}

static void hang(const struct api_call *call)
{
	(void)call;
	for (;;)
		(void)pause();
}

static size_t header_of(uint32_t length, uint16_t type)
{
	const uint8_t bytes[] = { (uint8_t)(length >> 24),
				  (uint8_t)(length >> 16),
				  (uint8_t)(length >> 8),
				  (uint8_t)length,
				  (uint8_t)(type >> 8),
				  (uint8_t)type,
				  0,
				  UP_PROTOCOL_VERSION };

	memcpy(frame, bytes, sizeof(bytes));
	return sizeof(bytes);
}

static void echo(const struct api_call *call)
{
	write_all(frame, encode_echo(call));
}

static void two_in_one(const struct api_call *call)
{
	size_t len = encode_echo(call);

	memcpy(frame + len, frame, len);
	write_all(frame, 2 * len);
}

static void half(const struct api_call *call)
{
	write_all(frame, encode_echo(call) - 1);
}

static void half_and_end(const struct api_call *call)
{
	half(call);
	exit(0);
}

static void half_and_hang(const struct api_call *call)
{
	half(call);
	hang(call);
}

static void crash(const struct api_call *call)
{
	(void)call;
	abort();
}

static void end(const struct api_call *call)
{
	(void)call;
	exit(0);
}

static void end_damaged(const struct api_call *call)
{
	(void)call;
	exit(78);
}

static void echo_and_end_damaged(const struct api_call *call)
{
	echo(call);
	exit(78);
}

static void close_and_hang(const struct api_call *call)
{
	(void)close(CHANNEL_FD);
	hang(call);
}

static void garbage(const struct api_call *call)
{
	(void)call;
	memset(frame, 0xff, 64);
	write_all(frame, 64);
}

static const struct {
	const char *operation;
	void (*run)(const struct api_call *call);
} habits[] = {
	{ "Echo", echo },
	{ "Hang", hang },
	{ "Twice", two_in_one },
	{ "Half", half_and_end },
	{ "HalfAndHang", half_and_hang },
	{ "Crash", crash },
	{ "End", end },
	{ "Damaged", end_damaged },
	{ "EchoAndDamaged", echo_and_end_damaged },
	{ "CloseAndHang", close_and_hang },
	{ "Garbage", garbage },
};

static const struct {
	const char *operation, *type; /* of an error frame */
} refusals[] = {
	{ "Refuse", "NotAuthorizedException" },
	{ "RefuseWithoutType", "" },
};

static const struct {
	const char *operation;
	uint32_t length;
	uint16_t type;
} headers[] = {
	{ "TooLarge", UP_API_PAYLOAD_MAX + 1, UP_FRAME_API_RESULT },
	{ "Empty", 0, UP_FRAME_API_RESULT },
	{ "OtherFrame", 0, UP_FRAME_LOGIN_DONE },
	{ "ACall", 0, UP_FRAME_API_CALL },
};

static const struct {
	const char *operation, *text; /* of a result frame */
} results[] = {
	{ "NoJson", "{\"a\":" },
	{ "NoObject", "[]" },
	{ "Duplicate", "{\"a\":1,\"a\":2}" },
};

static void send_result_of(const char *text)
{
	size_t len = header_of((uint32_t)strlen(text) + 4, UP_FRAME_API_RESULT);
	const uint8_t length[] = { 0, 0, 0, (uint8_t)strlen(text) };

	memcpy(frame + len, length, sizeof(length));
	memcpy(frame + len + sizeof(length), text, strlen(text));
	write_all(frame, len + sizeof(length) + strlen(text));
}

static void refuse(const char *type)
{
	size_t len = 0;

	if (api_error_encode(type, "as asked", frame, sizeof(frame), &len) != UP_OK)
		abort();
	write_all(frame, len);
}

static void do_operation(const struct api_call *call)
{
	const char *name = call->operation;

	for (size_t i = 0; i < UP_COUNT(habits); i++)
		if (strcmp(habits[i].operation, name) == 0)
			habits[i].run(call);
	for (size_t i = 0; i < UP_COUNT(refusals); i++)
		if (strcmp(refusals[i].operation, name) == 0)
			refuse(refusals[i].type);
	for (size_t i = 0; i < UP_COUNT(headers); i++)
		if (strcmp(headers[i].operation, name) == 0)
			write_all(frame, header_of(headers[i].length, headers[i].type));
	for (size_t i = 0; i < UP_COUNT(results); i++)
		if (strcmp(results[i].operation, name) == 0)
			send_result_of(results[i].text);
}

static void note_start(const char *state_dir)
{
	char *path = scratch_path(state_dir, "starts");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "\n", 1) != 1)
		abort();
	(void)close(fd);
	free(path);
}

int main(int argc, char **argv)
{
	uint8_t bytes[UP_FRAME_HEADER_SIZE];
	struct up_frame_header header;
	struct api_call call;

	if (argc != 4 || strcmp(argv[1], "embedded") != 0 || strcmp(argv[2], "--state-dir") != 0)
		return 64;
	note_start(argv[3]);
	if (strstr(argv[3], "damaged") != NULL)
		return 78;
	if (strstr(argv[3], "ends") != NULL)
		return 1;
	while (read_all(bytes, sizeof(bytes))) {
		if (up_frame_header_decode(bytes, sizeof(frame), &header) != UP_OK ||
		    !read_all(frame, header.length) ||
		    api_call_decode((struct up_span){ frame, header.length }, &call) != UP_OK)
			abort();
		do_operation(&call);
	}
	return 0;
}
