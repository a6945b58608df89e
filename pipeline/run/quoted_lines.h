/* quoted_lines.h - lines of text that may have line ends within quotes, from a file, packed by gzip
 * or not, or from memory.
 *
 *     struct quoted_lines lines;
 *     struct slice line;
 *     if (open_lines(&lines, path, "changes", &error) == CTE_OK)
 *         while (take_line(&lines, &line, &error))
 *             fwrite(line.at, 1, line.length, stdout);
 *     close_lines(&lines);
 *
 * Memory: two blocks, and the longest line, of QUOTED_LINE_MOST bytes at most.
 *
 * Errors: CTE_NO_INPUT, CTE_NO_PERMISSION, CTE_IO; CTE_BAD_INPUT where it breaks off, is damaged,
 * or a line is too long.
 */
#ifndef CTE_QUOTED_LINES_H
#define CTE_QUOTED_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "codetables/base/error.h"
#include "codetables/base/slice.h"

enum { QUOTED_LINE_MOST = 1 << 20 };

struct quoted_lines {
    const char *shown; /* the file in messages */
    uint64_t line;     /* the number of the line at hand; one with line ends in it is one */
    gzFile file;       /* NULL: the bytes are all in memory */
    char *buffer;      /* of a file: what was read of it and not used up */
    const char *at;    /* of what is there, up to `end` */
    const char *end;
    size_t room;
    bool is_at_end; /* nothing comes behind `end` */
};

int open_lines(struct quoted_lines *lines, const char *path, const char *shown,
               struct cte_error *error);

/* The bytes stay the caller's. */
void open_lines_of(struct quoted_lines *lines, struct slice bytes, const char *shown);

/* The next line, with its end, until the one after it is taken; false at the end, and where it
 * fails. */
bool take_line(struct quoted_lines *lines, struct slice *line, struct cte_error *error);

/* CTE_BAD_INPUT: what is wrong with the line at hand. */
int fail_line(const struct quoted_lines *lines, const char *why, struct cte_error *error);

/* Also where it was not opened. */
void close_lines(struct quoted_lines *lines);

#endif
