/* SPDX-License-Identifier: MIT */
#include "daemon/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define FIELDS_MAX 16
#define LINE_MAX_  4096 /* a longer line is cut; it stays one line */
#define KEY_MAX    32

static const struct {
	const char *name;
	int priority; /* with AUDIT */
	const char *text;
} events[] = {
#define EVENT(id, event_name, event_priority, event_text)                                          \
	[EV_##id] = { event_name, event_priority, event_text },
#include "daemon/base/events.def"
#undef EVENT
};

/* Set once at start and on reload, before anything else runs: see log_setup(). */
static struct {
	const char *program;
	bool to_journal;
	int max_priority;
} setup = { .program = "userpool", .max_priority = LOG_INFO };

struct log_field log_str(const char *key, const char *text)
{
	/* A NULL text is marked by the missing key: `text` NULL means a number. */
	return (struct log_field){ .key = text != NULL ? key : NULL, .text = text };
}

struct log_field log_int(const char *key, int64_t number)
{
	return (struct log_field){ .key = key, .number = number };
}

struct log_field log_err(enum up_err err)
{
	return log_str("error", up_strerror(err));
}

struct log_field log_errno(int number)
{
	return log_str("errno", strerrordesc_np(number));
}

/* $JOURNAL_STREAM names the device and inode of the stream that is connected to the journal. */
static bool stderr_is_journal(void)
{
	const char *stream = secure_getenv("JOURNAL_STREAM");
	unsigned long long device = 0, inode = 0;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_setup(const char *program, enum log_target target, int max_priority)
{
	setup.program = program;
	setup.max_priority = max_priority;
	setup.to_journal =
		target == LOG_TARGET_JOURNAL || (target == LOG_TARGET_AUTO && stderr_is_journal());
}

struct line {
	char text[LINE_MAX_];
	size_t len;
};

static void add(struct line *line, const char *text, size_t len)
{
	size_t room = sizeof(line->text) - 1 - line->len;

	if (len > room)
		len = room;
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len] = '\0';
}

static bool is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '"' || *text == '\\' || *text == '=')
			return false;
	return true;
}

/* Whatever a stranger has put into a name, a value ends where it ends. */
static void add_value(struct line *line, const char *text)
{
	char escaped[5];

	if (is_plain(text)) {
		add(line, text, strlen(text));
		return;
	}
	add(line, "\"", 1);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			add(line, "\\", 1);
			add(line, text, 1);
		} else if (c < ' ' || c > '~') {
			(void)snprintf(escaped, sizeof(escaped), "\\x%02x", c);
			add(line, escaped, 4);
		} else {
			add(line, text, 1);
		}
	}
	add(line, "\"", 1);
}

static void add_field(struct line *line, const struct log_field *field)
{
	char number[24];

	if (field->key == NULL)
		return;
	add(line, " ", 1);
	add(line, field->key, strlen(field->key));
	add(line, "=", 1);
	if (field->text != NULL) {
		add_value(line, field->text);
	} else {
		(void)snprintf(number, sizeof(number), "%lld", (long long)field->number);
		add(line, number, strlen(number));
	}
}

static struct line make_line(enum event event, const struct log_field *fields, size_t count)
{
	struct line line = { .len = 0 };

	line.text[0] = '\0';
	add(&line, events[event].name, strlen(events[event].name));
	for (size_t i = 0; i < count; i++)
		add_field(&line, &fields[i]);
	return line;
}

UP_PRINTF(1, 2) static char *make_entry(const char *format, ...)
{
	char *entry = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&entry, format, args) < 0)
		entry = NULL;
	va_end(args);
	return entry;
}

/* USERPOOL_KEY=value: the journal takes any bytes in a value, so nothing is escaped. */
static char *field_entry(const struct log_field *field)
{
	char key[KEY_MAX + 1];
	size_t i;

	for (i = 0; i < KEY_MAX && field->key[i] != '\0'; i++) {
		char c = field->key[i];

		key[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	key[i] = '\0';
	if (field->text != NULL)
		return make_entry("USERPOOL_%s=%s", key, field->text);
	return make_entry("USERPOOL_%s=%lld", key, (long long)field->number);
}

/* Without a journal the library drops an entry and calls it a success. */
static bool has_journal(void)
{
	return access("/run/systemd/journal/socket", F_OK) == 0;
}

static bool write_journal(enum event event, const struct line *line, const struct log_field *fields,
			  size_t count)
{
	struct iovec iov[FIELDS_MAX + 3];
	char *entries[FIELDS_MAX + 3] = {
		make_entry("MESSAGE=%s", line->text),
		make_entry("PRIORITY=%d", events[event].priority & LOG_PRIMASK),
		make_entry("USERPOOL_EVENT=%s", events[event].name),
	};
	const bool has_message = entries[0] != NULL;
	int used = 0;

	for (size_t i = 0; i < count && i < FIELDS_MAX; i++)
		if (fields[i].key != NULL)
			entries[i + 3] = field_entry(&fields[i]);
	for (size_t i = 0; i < UP_COUNT(entries); i++)
		if (entries[i] != NULL)
			iov[used++] = (struct iovec){ entries[i], strlen(entries[i]) };
	bool is_written = has_message && sd_journal_sendv(iov, used) >= 0;
	for (size_t i = 0; i < UP_COUNT(entries); i++)
		free(entries[i]);
	return is_written;
}

void log_write(enum event event, const struct log_field *fields, size_t count)
{
	const int priority = events[event].priority & LOG_PRIMASK;
	const bool is_audit = (events[event].priority & AUDIT) != 0;

	if (priority > setup.max_priority && !is_audit)
		return;
	const struct line line = make_line(event, fields, count);
	if (setup.to_journal && has_journal() && write_journal(event, &line, fields, count))
		return;
	/* <N> is the priority for whoever reads our standard error, see sd-daemon(3). */
	(void)dprintf(STDERR_FILENO, "<%d>%s: %s\n", priority, setup.program, line.text);
}
