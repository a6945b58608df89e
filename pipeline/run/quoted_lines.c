#include "pipeline/run/quoted_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"

enum { BLOCK = 1 << 18 };

int open_lines(struct quoted_lines *lines, const char *path, const char *shown,
               struct cte_error *error)
{
    *lines = (struct quoted_lines){.shown = shown};
    const int fd = file_open(path);
    if (fd < 0)
        return file_fail(shown, "cannot open", CTE_NO_INPUT, error);
    lines->file = gzdopen(fd, "r");
    if (lines->file == NULL)
        cte_die("zlib cannot start");
    gzbuffer(lines->file, BLOCK);
    lines->room = 2 * (size_t)BLOCK;
    lines->at = lines->end = lines->buffer = cte_alloc(lines->room);
    return CTE_OK;
}

void open_lines_of(struct quoted_lines *lines, struct slice bytes, const char *shown)
{
    *lines = (struct quoted_lines){.shown = shown, .at = bytes.at, .end = bytes.at + bytes.length};
}

void close_lines(struct quoted_lines *lines)
{
    if (lines->file != NULL)
        gzclose(lines->file);
    free(lines->buffer);
}

int fail_line(const struct quoted_lines *lines, const char *why, struct cte_error *error)
{
    return cte_fail(error, CTE_BAD_INPUT, "%s:%" PRIu64 ": %s", lines->shown, lines->line, why);
}

/* What is packed may end before its end, which zlib tells as an error that is none of reading. */
static void check_end(const struct quoted_lines *lines, struct cte_error *error)
{
    int why;
    const char *words = gzerror(lines->file, &why);
    if (why == Z_BUF_ERROR)
        fail_line(lines, "the file breaks off", error);
    else if (why == Z_DATA_ERROR)
        cte_fail(error, CTE_BAD_INPUT, "%s: is damaged; it cannot be unpacked", lines->shown);
    else if (why != Z_OK)
        cte_fail(error, CTE_IO, "%s: cannot read it: %s", lines->shown, words);
}

/* Reads more behind what is left. False at the end of the file, and where it fails. */
static bool read_more(struct quoted_lines *lines, struct cte_error *error)
{
    const size_t left = (size_t)(lines->end - lines->at);
    if (lines->file == NULL || lines->is_at_end)
        return false;
    if (left > QUOTED_LINE_MOST) {
        fail_line(lines, "is too long for a row", error);
        return false;
    }
    if (left + BLOCK > lines->room) {
        const size_t used = (size_t)(lines->at - lines->buffer);
        lines->room = left + 2 * (size_t)BLOCK;
        char *larger = cte_alloc(lines->room);
        memcpy(larger, lines->buffer + used, left);
        free(lines->buffer);
        lines->buffer = larger;
    } else {
        memmove(lines->buffer, lines->at, left);
    }
    const int got = gzread(lines->file, lines->buffer + left, BLOCK);
    lines->at = lines->buffer;
    lines->end = lines->buffer + left + (got > 0 ? got : 0);
    lines->is_at_end = got <= 0;
    if (got <= 0)
        check_end(lines, error);
    return got > 0;
}

bool take_line(struct quoted_lines *lines, struct slice *line, struct cte_error *error)
{
    size_t looked = 0;
    bool is_quoted = false;
    lines->line++;
    for (;;) {
        const char *from = lines->at + looked;
        const size_t left = (size_t)(lines->end - from);
        const char *end = left > 0 ? memchr(from, '\n', left) : NULL;
        const char *stop = end != NULL ? end : lines->end;
        for (const char *quote = from;
             quote < stop && (quote = memchr(quote, '"', (size_t)(stop - quote))) != NULL; quote++)
            is_quoted = !is_quoted;
        looked = (size_t)(stop - lines->at) + (end != NULL);
        if (end != NULL && !is_quoted) {
            *line = (struct slice){lines->at, looked};
            lines->at = end + 1;
            return true;
        }
        if (end == NULL && !read_more(lines, error)) {
            if (error->status == CTE_OK && looked > 0)
                fail_line(lines, "the file breaks off", error);
            return false;
        }
    }
}
