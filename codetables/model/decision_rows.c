#include "codetables/model/decision_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/year.h"

enum { MAX_WORDS = 300, ROW_WORDS = 120 };

const char *const decision_names[DECISION_COLUMNS] = {
    "lea",          "year", "record",     "school",     "pathway",
    "local_course", "code", "decided_by", "decided_on", "reason"};
const char *const decision_headings[DECISION_COLUMNS] = {
    "LEA",          "Year",     "Record",     "School",     "Pathway",
    "Local course", "Decision", "Decided by", "Decided on", "Why"};

/* The academic year that "2024-25" or "2024/2025" means, or YEAR_NONE. */
static int year_meant(const char *text)
{
    const size_t first = strspn(text, "0123456789"), between = strspn(text + first, "-/ "),
                 second = strspn(text + first + between, "0123456789");
    const int year = atoi(text), next = atoi(text + first + between);
    if (first != 4 || between == 0 || (second != 2 && second != 4) ||
        text[first + between + second] != '\0')
        return YEAR_NONE;
    return next == (second == 2 ? (year + 1) % 100 : year + 1) ? year : YEAR_NONE;
}

/* What is wrong with a row of `columns` cells, or NULL; the words may be written into `room`. */
static const char *row_problem(char *const *c, size_t columns, char room[ROW_WORDS])
{
    if (columns < DECISION_COLUMNS)
        return "the row has too few columns";
    if (c[DECISION_LEA][0] == '\0')
        return "lea must be filled";
    if ((c[DECISION_PATHWAY][0] == '\0') == (c[DECISION_LOCAL_COURSE][0] == '\0'))
        return "exactly one of pathway and local_course must be filled";
    if (c[DECISION_RECORD][0] == '\0' && c[DECISION_PATHWAY][0] != '\0')
        return "record must be filled for a pathway";
    if (c[DECISION_DECIDED_BY][0] == '\0' || c[DECISION_DECIDED_ON][0] == '\0')
        return "decided_by and decided_on must be filled";
    if (strlen(c[DECISION_DECIDED_BY]) + strlen(c[DECISION_DECIDED_ON]) +
            strlen(c[DECISION_REASON]) >
        MAX_WORDS)
        return "decided_by, decided_on and reason are longer than 300 bytes together; shorten "
               "the reason";
    if (c[DECISION_YEAR][0] == '\0' ||
        academic_year(c[DECISION_YEAR], strlen(c[DECISION_YEAR])) != YEAR_NONE)
        return NULL;
    const int meant = year_meant(c[DECISION_YEAR]);
    if (meant == YEAR_NONE)
        return "year is not an academic year CCYY-CCYY";
    snprintf(room, ROW_WORDS, "year %s is not an academic year CCYY-CCYY; write %04d-%04d",
             c[DECISION_YEAR], meant, meant + 1);
    return room;
}

/* Every bad row is told, not only the first, as far as a message goes. */
void report_decision_row(const struct decision_rows *parsing, const char *problem)
{
    char *text = parsing->error->text;
    size_t used = parsing->error->status != CTE_OK ? strlen(text) : 0;
    if (used == 0)
        cte_fail(parsing->error, CTE_BAD_TABLE, "%s:%u: %s", parsing->path, parsing->line, problem);
    else if (used + 200 < sizeof parsing->error->text)
        snprintf(text + used, sizeof parsing->error->text - used, "\n%s:%u: %s", parsing->path,
                 parsing->line, problem);
}

static void add_decision(struct decisions *decisions, char *const *c, unsigned line)
{
    struct arena *arena = &decisions->identity.arena;
    GROW(decisions->list, decisions->count, decisions->room);
    decisions->list[decisions->count++] =
        (struct decision){.lea = arena_string(arena, c[DECISION_LEA]),
                          .record = arena_string(arena, c[DECISION_RECORD]),
                          .school = arena_string(arena, c[DECISION_SCHOOL]),
                          .pathway = arena_string(arena, c[DECISION_PATHWAY]),
                          .local_course = arena_string(arena, c[DECISION_LOCAL_COURSE]),
                          .code = arena_string(arena, c[DECISION_CODE]),
                          .decided_by = arena_string(arena, c[DECISION_DECIDED_BY]),
                          .decided_on = arena_string(arena, c[DECISION_DECIDED_ON]),
                          .reason = arena_string(arena, c[DECISION_REASON]),
                          .year = c[DECISION_YEAR][0] == '\0'
                                      ? YEAR_NONE
                                      : academic_year(c[DECISION_YEAR], strlen(c[DECISION_YEAR])),
                          .line = line};
}

void take_decision_row(struct decision_rows *parsing)
{
    char room[ROW_WORDS];
    const size_t columns = parsing->column;
    const bool is_open = columns >= DECISION_COLUMNS && parsing->cells[DECISION_CODE][0] == '\0';
    const char *problem = is_open ? NULL : row_problem(parsing->cells, columns, room);
    if (problem != NULL)
        report_decision_row(parsing, problem);
    else if (!is_open)
        add_decision(parsing->decisions, parsing->cells, parsing->line);
}

void free_decision_cells(struct decision_rows *rows)
{
    for (size_t i = 0; i < DECISION_COLUMNS; i++)
        free(rows->cells[i]);
}
