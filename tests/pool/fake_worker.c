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

static void hang(void)
{
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

static void send_result_of(const char *text)
{
	size_t len = header_of((uint32_t)strlen(text) + 4, UP_FRAME_API_RESULT);

	frame[len++] = 0;
	frame[len++] = 0;
	frame[len++] = (uint8_t)(strlen(text) >> 8);
	frame[len++] = (uint8_t)strlen(text);
	memcpy(frame + len, text, strlen(text));
	write_all(frame, len + strlen(text));
}

static void refuse(const char *type)
{
	size_t len = 0;

	if (api_error_encode(type, "as asked", frame, sizeof(frame), &len) != UP_OK)
		abort();
	write_all(frame, len);
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

static void do_operation(const struct api_call *call)
{
	const char *name = call->operation;

	if (strcmp(name, "Refuse") == 0)
		refuse("NotAuthorizedException");
	else if (strcmp(name, "RefuseWithoutType") == 0)
		refuse("");
	else if (strcmp(name, "Crash") == 0)
		abort();
	else if (strcmp(name, "End") == 0)
		exit(0);
	else if (strcmp(name, "Damaged") == 0)
		exit(78);
	else if (strcmp(name, "Hang") == 0)
		hang();
	else if (strcmp(name, "Half") == 0)
		half(call), exit(0);
	else if (strcmp(name, "HalfAndHang") == 0)
		half(call), hang();
	else if (strcmp(name, "Twice") == 0)
		two_in_one(call);
	else if (strcmp(name, "Garbage") == 0)
		memset(frame, 0xff, 64), write_all(frame, 64);
	else if (strcmp(name, "TooLarge") == 0)
		write_all(frame, header_of(UP_API_PAYLOAD_MAX + 1, UP_FRAME_API_RESULT));
	else if (strcmp(name, "Empty") == 0)
		write_all(frame, header_of(0, UP_FRAME_API_RESULT));
	else if (strcmp(name, "OtherFrame") == 0)
		write_all(frame, header_of(0, UP_FRAME_LOGIN_DONE));
	else if (strcmp(name, "ACall") == 0)
		write_all(frame, header_of(0, UP_FRAME_API_CALL));
	else if (strcmp(name, "NoJson") == 0)
		send_result_of("{\"a\":");
	else if (strcmp(name, "NoObject") == 0)
		send_result_of("[]");
	else if (strcmp(name, "Duplicate") == 0)
		send_result_of("{\"a\":1,\"a\":2}");
	else if (strcmp(name, "CloseAndHang") == 0)
		(void)close(CHANNEL_FD), hang();
	else
		write_all(frame, encode_echo(call));
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
