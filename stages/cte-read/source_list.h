/* source_list.h - which sources are to be read, one after the other: operands, or a list that grows
 * while it is read.
 *
 * A list is paths, each ended by a NUL byte, as `find -print0` makes it. Whoever writes it may wait
 * with the next path for what became of the one before, so no more is read than is there. With
 * names, two more texts follow each path, ended likewise: what its output files are called, and its
 * format; either may be empty.
 *
 * Errors: CTE_NO_INPUT (no such list), CTE_IO, CTE_BAD_INPUT (a text that is not ended; "-", where
 * standard input is the list).
 */
#ifndef CTE_SOURCE_LIST_H
#define CTE_SOURCE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"
#include "codetables/base/text.h"

/* A source that is to be read. */
struct listed {
    const char *path;
    const char *name;   /* in messages */
    const char *stem;   /* of its output files; NULL: its name, without endings */
    const char *format; /* NULL: by its name */
};

/* One that is named on the command line; "-" is standard input. */
struct listed operand_source(const char *path, const char *format);

struct source_list {
    char *const *paths; /* operands, where there is no list */
    size_t count, at;
    bool with_names;
    const char *format; /* of all that tell none */
    int fd;             /* of the list */
    bool has_list;
    struct text bytes; /* of it, from the text that was not taken yet */
    size_t taken;      /* of them, those of the source at hand */
};

/* `path` is "-" for standard input. */
int open_list(struct source_list *list, const char *path, struct cte_error *error);

/* False where there is none, with or without an error. Texts are valid until the next call. */
bool next_source(struct source_list *list, struct listed *listed, struct cte_error *error);

void close_list(struct source_list *list);

#endif
