#include "codetables/model/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "codetables/model/tree.h"

void add_problem(struct problems *problems, xmlNodePtr node, const char *format, ...)
{
    char sentence[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    char *number = attribute(node, "n");
    GROW(problems->list, problems->count, problems->room);
    problems->list[problems->count] = (struct problem){
        .line = node_line(node),
        .number = problems->count,
        .sentence = number != NULL
                        ? arena_format(&problems->arena, "row %.20s: %s", number, sentence)
                        : arena_string(&problems->arena, sentence)};
    problems->count++;
    free(number);
}

void extend_problem(struct problems *problems, const char *words)
{
    struct problem *last = &problems->list[problems->count - 1];
    last->sentence = arena_format(&problems->arena, "%.1200s%.160s", last->sentence, words);
}

void move_problems(struct problems *problems, struct problems *from)
{
    for (size_t i = 0; i < from->count; i++) {
        GROW(problems->list, problems->count, problems->room);
        problems->list[problems->count] =
            (struct problem){from->list[i].line, problems->count,
                             arena_string(&problems->arena, from->list[i].sentence)};
        problems->count++;
    }
    forget_problems(from);
}

static int compare_problems(const void *x, const void *y)
{
    const struct problem *a = x, *b = y;
    return a->line != b->line ? (a->line > b->line) - (a->line < b->line)
                              : (a->number > b->number) - (a->number < b->number);
}

int report_problems(struct problems *problems, const char *path, struct cte_error *error)
{
    const int status = problems->count > 0 ? CTE_BAD_TABLE : CTE_OK;
    if (problems->count > 1)
        qsort(problems->list, problems->count, sizeof *problems->list, compare_problems);
    for (size_t i = 0; i < problems->count; i++)
        cte_fail(error, CTE_BAD_TABLE, "%s:%ld: %s", path, problems->list[i].line,
                 problems->list[i].sentence);
    forget_problems(problems);
    return status;
}

void forget_problems(struct problems *problems)
{
    free(problems->list);
    arena_free(&problems->arena);
    *problems = (struct problems){0};
}
