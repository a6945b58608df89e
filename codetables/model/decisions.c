#include "codetables/model/decisions.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"
#include "codetables/model/decision_rows.h"

enum { MAX_BYTES = 64 << 20 };

/* Lines end at the line feed alone, so that libcsv counts them as an editor does; the carriage
 * return before it is taken for blank space, which libcsv trims at the edge of a field. Blanks are
 * not trimmed. */
static int is_return(unsigned char c)
{
    return c == '\r';
}

static int is_line_feed(unsigned char c)
{
    return c == '\n';
}

/* The blank at the edge of a text, which may be a no-break one: its bytes, or 0. */
static size_t blank_at(const char *text, size_t length, bool at_end)
{
    static const char no_break[] = "\xC2\xA0";
    const char edge = length > 0 ? text[at_end ? length - 1 : 0] : 'x';
    if (edge == ' ' || edge == '\t')
        return 1;
    return length >= 2 && memcmp(at_end ? text + length - 2 : text, no_break, 2) == 0 ? 2 : 0;
}

/* Blanks around a cell are no part of it; but a local course is what the LEA calls it. */
static void take_cell(void *bytes, size_t length, void *context)
{
    struct decision_rows *parsing = context;
    const char *text = bytes;
    size_t blank, inner = length;
    const char *start = text;
    while ((blank = blank_at(start, inner, false)) > 0) {
        start += blank;
        inner -= blank;
    }
    while ((blank = blank_at(start, inner, true)) > 0)
        inner -= blank;
    if (parsing->column != DECISION_LOCAL_COURSE || inner == 0) {
        text = start;
        length = inner;
    }
    if (parsing->column < DECISION_COLUMNS) {
        char *cell = cte_alloc(length + 1);
        memcpy(cell, text, length);
        cell[length] = '\0';
        const char *value = cell_value(cell);
        memmove(cell, value, strlen(value) + 1);
        free(parsing->cells[parsing->column]);
        parsing->cells[parsing->column] = cell;
    }
    parsing->is_blank = parsing->is_blank && length == 0;
    parsing->column++;
}

static void check_header(struct decision_rows *parsing)
{
    if (parsing->column == 1 && strpbrk(parsing->cells[0], ";\t") != NULL) {
        cte_fail(parsing->error, CTE_BAD_TABLE,
                 "%s:%u: its columns are separated by %s; save the file with commas between them",
                 parsing->path, parsing->line,
                 strchr(parsing->cells[0], ';') != NULL ? "semicolons" : "tabs");
        parsing->bad_header = true;
        return;
    }
    for (size_t i = 0; i < DECISION_COLUMNS; i++) {
        if (i >= parsing->column || strcmp(parsing->cells[i], decision_names[i]) != 0) {
            cte_fail(parsing->error, CTE_BAD_TABLE,
                     "%s:%u: column %zu of the header must be '%s'; a decisions file has the "
                     "columns of decisions-needed.csv",
                     parsing->path, parsing->line, i + 1, decision_names[i]);
            parsing->bad_header = true;
            return;
        }
    }
}

static void take_row(int end, void *context)
{
    (void)end;
    struct decision_rows *parsing = context;
    parsing->line++;
    const bool is_blank = parsing->is_blank;
    parsing->is_blank = true;
    if (!is_blank && !parsing->has_header) {
        parsing->has_header = true;
        check_header(parsing);
    } else if (!is_blank && !parsing->bad_header) {
        take_decision_row(parsing);
    }
    parsing->column = 0;
}

static const char *decision_code(const struct decision *decision)
{
    return decision->pathway[0] != '\0' ? decision->pathway : decision->local_course;
}

/* Whether the two may not stand in one file. A local course has one answer in the LEA, so for it
 * another record type or school is no other question; rows that agree are then no contradiction. */
static bool contradict(const struct decision *a, const struct decision *b)
{
    bool same_place = strcmp(a->record, b->record) == 0 && strcmp(a->school, b->school) == 0;
    bool years_meet = a->year == b->year || a->year == YEAR_NONE || b->year == YEAR_NONE;
    if (strcmp(a->lea, b->lea) != 0 || strcmp(a->pathway, b->pathway) != 0 ||
        strcmp(a->local_course, b->local_course) != 0)
        return false;
    if (same_place)
        return a->year == b->year;
    return a->local_course[0] != '\0' && years_meet && strcmp(a->code, b->code) != 0;
}

static int index_decisions(struct decisions *decisions, struct cte_error *error)
{
    decisions->first =
        arena_alloc(&decisions->identity.arena, decisions->count * sizeof(struct decision *));
    for (size_t i = 0; i < decisions->count; i++) {
        struct decision *decision = &decisions->list[i];
        const size_t number = map_add_string(&decisions->codes, decision_code(decision));
        for (const struct decision *other = decisions->first[number]; other != NULL;
             other = other->next) {
            if (contradict(other, decision))
                return cte_fail(error, CTE_BAD_TABLE,
                                "%s:%u: line %u decides the same question%s; keep one of the two",
                                decisions->identity.path, decision->line, other->line,
                                strcmp(other->code, decision->code) == 0 ? "" : " otherwise");
        }
        decision->next = decisions->first[number];
        decisions->first[number] = decision;
    }
    return CTE_OK;
}

static void identify(struct decisions *decisions, const char *path)
{
    struct table_identity *identity = &decisions->identity;
    identity->kind = arena_string(&identity->arena, "decisions");
    identity->id = arena_string(&identity->arena, path);
    identity->version = arena_string(&identity->arena, "");
    identity->status = arena_string(&identity->arena, "local");
    identity->agency = arena_string(&identity->arena, "");
    identity->title = arena_string(&identity->arena, "");
    identity->supersedes = arena_string(&identity->arena, "");
    identity->path = arena_string(&identity->arena, path);
}

/* The rows of a CSV file, without the mark that may stand before them. */
static int parse_rows(const char *path, struct slice bytes, struct decisions *decisions,
                      struct cte_error *error)
{
    if (memchr(bytes.at, '\0', bytes.length) != NULL)
        return cte_fail(error, CTE_BAD_TABLE, "%s: holds a NUL byte; it is not CSV text", path);
    if (!xmlCheckUTF8((const xmlChar *)bytes.at))
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s: holds bytes that are not UTF-8; save it as UTF-8 text", path);
    if (bytes.length >= 3 && memcmp(bytes.at, "\xef\xbb\xbf", 3) == 0)
        bytes = (struct slice){bytes.at + 3, bytes.length - 3};
    struct decision_rows parsing = {
        .path = path, .decisions = decisions, .error = error, .is_blank = true};
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        cte_die("libcsv cannot start");
    csv_set_space_func(&parser, is_return);
    csv_set_term_func(&parser, is_line_feed);
    if (csv_parse(&parser, bytes.at, bytes.length, take_cell, take_row, &parsing) != bytes.length ||
        csv_fini(&parser, take_cell, take_row, &parsing) != 0)
        cte_fail(error, CTE_BAD_TABLE, "%s:%u: the quoting is not that of a CSV file", path,
                 parsing.line + 1);
    csv_free(&parser);
    free_decision_cells(&parsing);
    if (error->status == CTE_OK && !parsing.has_header)
        cte_fail(error, CTE_BAD_TABLE, "%s:1: the file is empty; it begins with a header", path);
    return error->status;
}

static bool is_workbook(struct slice bytes)
{
    return bytes.length >= 4 && memcmp(bytes.at, "PK\3\4", 4) == 0;
}

int decisions_load(const char *path, struct decisions *decisions, struct cte_error *error)
{
    *decisions = (struct decisions){0};
    static const struct file_bounds bounds = {"decisions file", MAX_BYTES, CTE_BAD_TABLE,
                                              CTE_BAD_TABLE};
    struct file_content content;
    int status = file_bytes(path, &bounds, &content, error);
    if (status != CTE_OK)
        return status;
    identify(decisions, path);
    const struct slice bytes = {content.bytes, content.length};
    digest_bytes(bytes.at, bytes.length, decisions->identity.sha256);
    status = is_workbook(bytes) ? read_decision_sheet(path, bytes, decisions, error)
                                : parse_rows(path, bytes, decisions, error);
    free(content.bytes);
    return status == CTE_OK ? index_decisions(decisions, error) : status;
}

void decisions_free(struct decisions *decisions)
{
    free(decisions->list);
    map_free(&decisions->codes);
    table_close(&decisions->identity);
    *decisions = (struct decisions){0};
}

const struct decision *decisions_find(const struct decisions *decisions,
                                      const struct decision_question *q)
{
    const struct decision *best = NULL;
    int best_rank = -1;
    if (decisions->count == 0)
        return NULL;
    const size_t number = map_find(&decisions->codes, q->code.at, q->code.length);
    for (const struct decision *d = number != MAP_NONE ? decisions->first[number] : NULL; d != NULL;
         d = d->next) {
        const char *code = q->is_local_course ? d->local_course : d->pathway;
        if (!slice_is(q->code, code) || !slice_is(q->lea, d->lea) ||
            (d->year != YEAR_NONE && d->year != q->year))
            continue;
        if (!q->is_local_course && (!slice_is(q->record, d->record) ||
                                    (d->school[0] != '\0' && !slice_is(q->school, d->school))))
            continue;
        int rank =
            (!q->is_local_course && d->school[0] != '\0' ? 2 : 0) + (d->year != YEAR_NONE ? 1 : 0);
        if (rank > best_rank) {
            best_rank = rank;
            best = d;
        }
    }
    return best;
}
