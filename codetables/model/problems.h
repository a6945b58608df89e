/* problems.h - all that is wrong with one XML file, gathered and then told in the order of its
 * lines.
 *
 *     struct problems problems = {0};
 *     add_problem(&problems, row, "<row> lacks %s", "to");
 *     ...
 *     status = report_problems(&problems, path, error);     // CTE_OK where there are none
 *
 * An element with a number is known by it: its sentence begins with "row 7: ".
 */
#ifndef CTE_PROBLEMS_H
#define CTE_PROBLEMS_H

#include <libxml/tree.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"

struct problem {
    long line;
    size_t number; /* in the order in which they were found */
    char *sentence;
};

/* Zeroed, there are none. */
struct problems {
    struct problem *list;
    size_t count, room;
    struct arena arena;
};

void add_problem(struct problems *problems, xmlNodePtr node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds words to the sentence of the last problem. */
void extend_problem(struct problems *problems, const char *words);

/* Moves the problems of `from` behind those of `problems`. */
void move_problems(struct problems *problems, struct problems *from);

/* Tells each with cte_fail(): path, line, sentence; CTE_BAD_TABLE, or CTE_OK where there are none.
 * Forgets them. */
int report_problems(struct problems *problems, const char *path, struct cte_error *error);

void forget_problems(struct problems *problems);

#endif
