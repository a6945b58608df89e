
#include "pipeline/cte-run/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

static void put_json(const char *text)
{
    char *shown = text_shown(text, strlen(text)); /* JSON is UTF-8 */
    struct text json = {0};
    text_add_json(&json, shown);
    fputs(text_string(&json), stderr);
    text_free(&json);
    free(shown);
}

static void put_pair(const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    fprintf(stderr, ",\"%s\":", name);
    put_json(text);
}

/* The time of an event; the fixed one where the run's clock is fixed. */
static void put_time(const struct run *run)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(stderr, "{\"ts\":\"%s\"", run->clock.is_fixed ? run->clock.started : text);
}

/* What there is to say of an event; NULL for what there is not. */
struct event {
    const char *level, *name, *stage, *file, *message;
};

static void put_event(const struct run *run, const struct event *event)
{
    put_time(run);
    put_pair("level", event->level);
    put_pair("run", run->place.id);
    put_pair("stage", event->stage);
    put_pair("event", event->name);
    put_pair("file", event->file);
    put_pair("message", event->message);
}

void log_say(const struct run *run, const char *level, const char *event, const char *file,
             const char *format, ...)
{
    char text[2600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (run->request.log_json) {
        put_event(run, &(struct event){level, event, run->program->name, file, text});
        fputs("}\n", stderr);
    } else {
        char *shown = text_shown(text, strlen(text));
        program_say(run->program, "%s", shown);
        free(shown);
    }
}

void log_tell(const struct run *run, const char *event, const char *format, ...)
{
    char text[2600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (run->request.log_json) {
        put_event(run, &(struct event){"info", event, run->program->name, NULL, text});
        fputs("}\n", stderr);
    } else if (run->request.verbose || isatty(STDOUT_FILENO)) {
        puts(text);
    }
}

/* "cte-read: SCTE.txt:7: …" becomes the stage and the rest. */
static void put_message(const struct run *run, const char *file, const char *line, size_t length)
{
    char *text = cte_format("%.*s", (int)length, line), *colon = strstr(text, ": ");
    if (colon != NULL && strncmp(text, "cte-", 4) == 0) {
        *colon = '\0';
        put_event(run, &(struct event){"error", "message", text, file, colon + 2});
    } else {
        put_event(run, &(struct event){"error", "message", run->program->name, file, text});
    }
    fputs("}\n", stderr);
    free(text);
}

/* What a program said, in lines; `file` is the source it was about, or NULL. */
static void put_messages(const struct run *run, const char *file, const char *text, size_t length)
{
    if (!run->request.log_json) {
        fprintf(stderr, "%.*s", (int)length, text);
        return;
    }
    const char *at = text, *end = text + length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t line = (size_t)((newline != NULL ? newline : end) - at);
        put_message(run, file, at, line);
        at += line + 1;
    }
}

/* Whether the same line was said for a source before: then it is about what they share, a table or
 * the decisions. */
static bool was_said(const struct run *run, const struct run_source *source, const char *line,
                     size_t length)
{
    for (const struct run_source *before = run->sources; before < source; before++) {
        if (before->messages == NULL)
            continue;
        const char *at = before->messages, *end = at + before->message_length;
        while ((at = memmem(at, (size_t)(end - at), line, length)) != NULL) {
            if ((at == before->messages || at[-1] == '\n') &&
                (at + length == end || at[length - 1] == '\n'))
                return true;
            at += length;
        }
    }
    return false;
}

void log_messages(const struct run *run, const struct run_source *source)
{
    if (source->messages == NULL)
        return;
    const char *at = source->messages, *end = at + source->message_length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((newline != NULL ? newline + 1 : end) - at);
        if (!was_said(run, source, at, length))
            put_messages(run, source->shown, at, length);
        at += length;
    }
}

void log_text(const struct run *run, const char *text, size_t length)
{
    char *shown = text_shown(text, length);
    put_messages(run, NULL, shown, strlen(shown));
    free(shown);
}

void log_source(const struct run *run, const struct run_source *source)
{
    if (!run->request.log_json)
        return;
    put_event(run, &(struct event){source->status > CTE_SOME_LEFT ? "error"
                                   : source->incomplete           ? "warning"
                                                                  : "info",
                                   "source", run->program->name, source->shown, NULL});
    fprintf(stderr,
            ",\"read\":%llu,\"written\":%llu,\"merged\":%llu,\"rejected\":%llu,\"held\":%llu,"
            "\"status\":%d}\n",
            source->read, source->written, source->merged, source->rejected, source->held,
            source->status);
}

void log_end(const struct run *run, int status)
{
    if (!run->request.log_json)
        return;
    put_event(run, &(struct event){status > CTE_SOME_LEFT ? "error" : "info", "end",
                                   run->program->name, NULL, NULL});
    fprintf(stderr, ",\"status\":%d}\n", status);
}
