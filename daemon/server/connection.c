/* SPDX-License-Identifier: MIT */
#include "daemon/server/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/session/session.h"

#define CLIENTS_MAX 1024  /* of one socket */
#define ROOT_MORE   256   /* of these for root alone */
#define PER_UID_MAX 32    /* but root */
#define FRAME_MS    10000 /* from the first byte of a frame to its last, and for sending one */
#define OUT_MAX     ((size_t)4 << 20)

struct connection {
	struct connections *all;
	struct connection *next;
	struct peer peer;
	int fd;
	sd_event_source *io, *timer;
	void *state;
	uint8_t head[UP_FRAME_HEADER_SIZE];
	struct up_frame_header header;
	uint8_t *payload; /* NULL while the header is read */
	size_t have;      /* of header or payload */
	uint8_t *out;
	size_t out_len, out_done;
	bool is_busy, is_finishing, is_closed;
};
#define NOT_LOGGED_MS 1000 /* strangers must not fill the log */

struct connections {
	sd_event *loop;
	struct connection_service service;
	struct connection *first;
	sd_event_source *reaper;
	size_t count;
	int64_t turned_away_ms; /* clock_boot_ms() of the last one that was logged */
};

static void wipe_free(uint8_t **bytes, size_t len)
{
	if (*bytes != NULL)
		explicit_bzero(*bytes, len);
	free(*bytes);
	*bytes = NULL;
}

/* Nothing more is read or sent; the reaper frees it. */
static void shut(struct connection *c)
{
	if (c->is_closed)
		return;
	c->is_closed = true;
	(void)sd_event_source_set_enabled(c->io, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	(void)shutdown(c->fd, SHUT_RDWR);
	(void)sd_event_source_set_enabled(c->all->reaper, SD_EVENT_ONESHOT);
}

static void cut_off(struct connection *c, enum up_err err)
{
	if (c->is_closed)
		return;
	log_event(EV_PEER_REFUSED, log_str("socket", c->all->service.name),
		  log_int("uid", c->peer.uid), log_int("pid", c->peer.pid), log_err(err));
	shut(c);
}

static void connection_free(struct connection *c)
{
	if (c->state != NULL)
		c->all->service.closed(c->state);
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->timer);
	wipe_free(&c->payload, c->header.length);
	wipe_free(&c->out, c->out_len);
	(void)close(c->fd);
	free(c);
}

static int reap(sd_event_source *source, void *arg)
{
	struct connections *all = arg;

	(void)source;
	for (struct connection **link = &all->first; *link != NULL;) {
		struct connection *c = *link;

		if (!c->is_closed) {
			link = &c->next;
			continue;
		}
		*link = c->next;
		all->count--;
		connection_free(c);
	}
	return 0;
}

static void set_deadline(struct connection *c, int64_t ms)
{
	if (sd_event_source_set_time_relative(c->timer, (uint64_t)ms * 1000) < 0 ||
	    sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) < 0)
		shut(c);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct connection *c = arg;

	(void)source, (void)usec;
	/* Silence between frames is no fault; half a frame is. */
	if (c->have == 0 && c->out == NULL)
		shut(c);
	else
		cut_off(c, UP_ERR_TIMEOUT);
	return 0;
}

/* Who does not take his answers gets no more of them. */
static bool is_listened_to(const struct connection *c)
{
	return !c->is_busy && !c->is_finishing && c->out == NULL;
}

static void watch(struct connection *c)
{
	uint32_t events = is_listened_to(c) ? EPOLLIN : 0;

	if (c->out != NULL)
		events |= EPOLLOUT;
	if (sd_event_source_set_io_events(c->io, events) < 0)
		shut(c);
}

static void push(struct connection *c)
{
	while (c->out != NULL && c->out_done < c->out_len) {
		ssize_t sent = send(c->fd, c->out + c->out_done, c->out_len - c->out_done,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0) {
			shut(c);
			return;
		}
		c->out_done += (size_t)sent;
	}
	wipe_free(&c->out, c->out_len);
	c->out_len = c->out_done = 0;
	if (c->is_finishing)
		shut(c);
}

void connection_send(struct connection *c, const uint8_t *frame, size_t len)
{
	const size_t left = c->out_len - c->out_done;

	if (c->is_closed || c->is_finishing)
		return;
	if (len > OUT_MAX - left) {
		cut_off(c, UP_ERR_TOO_LARGE);
		return;
	}
	uint8_t *out = malloc(left + len);
	if (out == NULL) {
		cut_off(c, UP_ERR_NOMEM);
		return;
	}
	if (left > 0)
		memcpy(out, c->out + c->out_done, left);
	memcpy(out + left, frame, len);
	wipe_free(&c->out, c->out_len);
	c->out = out;
	c->out_len = left + len;
	c->out_done = 0;
	push(c);
	if (!c->is_closed) {
		set_deadline(c, c->out != NULL ? FRAME_MS : c->all->service.idle_ms);
		watch(c);
	}
}

void connection_finish(struct connection *c)
{
	c->is_finishing = true;
	if (c->out == NULL)
		shut(c);
	else
		watch(c);
}

void connection_set_busy(struct connection *c, bool is_busy)
{
	c->is_busy = is_busy;
	if (!c->is_closed)
		watch(c);
}

const struct peer *connection_peer(const struct connection *c)
{
	return &c->peer;
}

static enum up_err deliver(struct connection *c)
{
	uint8_t *payload = TAKE(c->payload);
	const struct up_frame_header header = c->header;

	c->have = 0;
	c->header = (struct up_frame_header){ 0 };
	set_deadline(c, c->all->service.idle_ms);
	enum up_err err = c->all->service.received(c, c->state, header.type,
						   (struct up_span){ payload, header.length });
	wipe_free(&payload, header.length);
	return err;
}

/* The header is whole. */
static enum up_err take_header(struct connection *c)
{
	UP_TRY(up_frame_header_decode(c->head, c->all->service.payload_max, &c->header));
	c->payload = malloc(c->header.length > 0 ? c->header.length : 1);
	c->have = 0;
	return c->payload != NULL ? UP_OK : UP_ERR_NOMEM;
}

/* Reads once of what is missing up to `want`; less than that is no error. */
static enum up_err fill(struct connection *c, uint8_t *into, size_t want)
{
	const bool is_first = c->have == 0 && c->payload == NULL;
	ssize_t got = recv(c->fd, into + c->have, want - c->have, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? UP_OK : UP_ERR_IO;
	if (got == 0)
		return is_first ? UP_ERR_OFFLINE : UP_ERR_TRUNCATED;
	/* The whole frame has one deadline, however slowly it drips. */
	if (is_first)
		set_deadline(c, FRAME_MS);
	c->have += (size_t)got;
	return UP_OK;
}

/* A frame at a time, so that no client holds the loop; its payload mostly came with its header. */
static enum up_err pull(struct connection *c)
{
	if (c->payload == NULL) {
		UP_TRY(fill(c, c->head, sizeof(c->head)));
		if (c->have < sizeof(c->head))
			return UP_OK;
		UP_TRY(take_header(c));
	}
	if (c->have < c->header.length)
		UP_TRY(fill(c, c->payload, c->header.length));
	return c->have < c->header.length ? UP_OK : deliver(c);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct connection *c = arg;

	(void)source, (void)fd;
	if ((revents & EPOLLOUT) != 0) {
		push(c);
		if (!c->is_closed)
			watch(c);
	}
	if (c->is_closed)
		return 0;
	if ((revents & EPOLLIN) != 0 && is_listened_to(c)) {
		enum up_err err = pull(c);

		if (err == UP_ERR_OFFLINE)
			shut(c);
		else if (err != UP_OK)
			cut_off(c, err);
	} else if ((revents & (EPOLLHUP | EPOLLERR)) != 0) {
		shut(c);
	}
	return 0;
}

/* Root keeps room whatever others do.  Who runs a thousand set-uid programs is not root. */
static bool is_welcome(const struct connections *all, const struct peer *peer)
{
	size_t same = 0;

	if (peer->real_uid == 0)
		return all->count < CLIENTS_MAX;
	for (const struct connection *c = all->first; c != NULL; c = c->next)
		same += c->peer.real_uid == peer->real_uid;
	return same < PER_UID_MAX && all->count < CLIENTS_MAX - ROOT_MORE;
}

static enum up_err attach(struct connections *all, struct connection *c)
{
	if (sd_event_add_io(all->loop, &c->io, c->fd, EPOLLIN, on_io, c) < 0 ||
	    sd_event_add_time_relative(all->loop, &c->timer, CLOCK_BOOTTIME,
				       (uint64_t)FRAME_MS * 1000, 0, on_timer, c) < 0)
		return UP_ERR_SYSTEM;
	c->state = all->service.opened(c, all->service.arg);
	return c->state != NULL ? UP_OK : UP_ERR_NOMEM;
}

/* A process that is gone already counts as nobody. */
static enum up_err read_peer(int fd, struct peer *ret)
{
	struct ucred credentials = { 0 };
	socklen_t len = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) < 0)
		return UP_ERR_SYSTEM;
	*ret = (struct peer){ credentials.pid, credentials.uid, credentials.uid };
	if (ret->uid == 0 && process_real_uid(ret->pid, &ret->real_uid) != UP_OK)
		ret->real_uid = UID_NOBODY;
	return UP_OK;
}

static void turn_away(struct connections *all, struct connection *c, enum up_err err)
{
	const int64_t now = clock_boot_ms();

	if (now - all->turned_away_ms >= NOT_LOGGED_MS) {
		all->turned_away_ms = now;
		log_event(EV_PEER_REFUSED, log_str("socket", all->service.name),
			  log_int("uid", c->peer.real_uid), log_int("pid", c->peer.pid),
			  log_err(err));
	}
	connection_free(c);
}

void connection_accept(struct connections *all, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL || read_peer(fd, &c->peer) != UP_OK) {
		(void)close(fd);
		free(c);
		return;
	}
	c->all = all;
	c->fd = fd;
	enum up_err err = is_welcome(all, &c->peer) ? attach(all, c) : UP_ERR_BUSY;
	if (err != UP_OK) {
		turn_away(all, c, err);
		return;
	}
	c->next = all->first;
	all->first = c;
	all->count++;
}

enum up_err connections_new(sd_event *loop, const struct connection_service *service,
			    struct connections **ret)
{
	_auto_(connections_free) struct connections *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return UP_ERR_NOMEM;
	all->loop = loop;
	all->service = *service;
	if (sd_event_add_defer(loop, &all->reaper, reap, all) < 0 ||
	    sd_event_source_set_enabled(all->reaper, SD_EVENT_OFF) < 0)
		return UP_ERR_SYSTEM;
	*ret = TAKE(all);
	return UP_OK;
}

void connections_free(struct connections *all)
{
	if (all == NULL)
		return;
	sd_event_source_disable_unref(all->reaper);
	while (all->first != NULL) {
		struct connection *c = all->first;

		all->first = c->next;
		connection_free(c);
	}
	free(all);
}

size_t connections_count(const struct connections *all)
{
	return all->count;
}
