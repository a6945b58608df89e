/* Sections of courses, by school and code, and which levels of a sequence they are of. */
#include "pipeline/cte-report/sequences.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/year.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/rollup.h"
#include "pipeline/run/run_folder.h"

enum { SECTIONS_MEMORY = 8 << 20 };

/* ---- adding ---- */

static enum course_level level_of(const struct rollup_sequence *about, const struct code *code)
{
    return code_property(code, about->capstone) != NULL       ? LEVEL_CAPSTONE
           : code_property(code, about->concentrator) != NULL ? LEVEL_CONCENTRATOR
                                                              : LEVEL_INTRODUCTORY;
}

/* The sequence that a code belongs to; NULL: none. */
static const char *sequence_of(const struct rollup_sequence *about, const struct code *code)
{
    const char *sequence = code != NULL ? code_property(code, about->property) : NULL;
    return sequence == NULL || strcmp(sequence, about->except) == 0 ? NULL : sequence;
}

static int compare_introductory(const void *x, const void *y)
{
    const struct introductory *a = x, *b = y;
    return strcmp(a->sequence, b->sequence);
}

void begin_sequences(struct sequences *sequences, const struct rollup *rollup,
                     const struct rollup_sets *sets, const char *folder)
{
    const struct rollup_sequence *about = &rollup->sequence;
    const struct codeset *set = sets->before;
    *sequences = (struct sequences){.sections = {.folder = folder, .memory = SECTIONS_MEMORY}};
    if (about->property == NULL)
        return;
    sequences->rollup = rollup;
    sequences->sets = *sets;
    sequences->introductory = cte_zalloc(set->code_count + 1, sizeof *sequences->introductory);
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *code = &set->codes[i];
        const char *sequence = sequence_of(about, code);
        if (sequence != NULL && level_of(about, code) == LEVEL_INTRODUCTORY)
            sequences->introductory[sequences->introductory_count++] =
                (struct introductory){sequence, {code->first, code->last}};
    }
    if (sequences->introductory_count > 1)
        qsort(sequences->introductory, sequences->introductory_count,
              sizeof *sequences->introductory, compare_introductory);
}

static bool has_introductory(const struct sequences *sequences, const char *sequence, int year)
{
    size_t low = 0, high = sequences->introductory_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(sequences->introductory[middle].sequence, sequence) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < sequences->introductory_count &&
           strcmp(sequences->introductory[low].sequence, sequence) == 0;
         low++) {
        const struct year_span years = sequences->introductory[low].years;
        if (years.first <= year && year <= years.last)
            return true;
    }
    return false;
}

/* What is added for one side of a section. */
struct offered {
    const char *code, *other;
    char side, level, known; /* digits; known: the sequence has an introductory course */
};

static int add_side(struct sequences *sequences, const struct rollup_cell *cell,
                    const struct offered *offered, struct cte_error *error)
{
    struct cell_key head = {.length = 0}, tail = {.length = 0};
    const char marks[] = {offered->level, offered->known};
    if (!put_part(&head, cell->lea) || !put_part(&head, cell->school) ||
        !put_key_bytes(&head, &offered->side, 1) || !put_part(&head, offered->code) ||
        !put_part(&tail, offered->other) || !put_key_bytes(&tail, marks, sizeof marks) ||
        !put_part(&tail, cell->year))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    return group_counts_add(&sequences->sections, key_slice(&head), key_slice(&tail), cell->records,
                            error);
}

int add_to_sequences(struct sequences *sequences, const struct rollup_cell *cell,
                     struct cte_error *error)
{
    if (sequences->rollup == NULL || cell->state == 'X')
        return CTE_OK;
    const struct rollup_sequence *about = &sequences->rollup->sequence;
    const int year = academic_year(cell->year, strlen(cell->year));
    const struct code *code =
        codeset_row(sequences->sets.before, cell->before, strlen(cell->before), year);
    const char *sequence = sequence_of(about, code);
    if (sequence == NULL)
        return CTE_OK;
    const bool is_written = fate_of(cell) == NULL;
    const char *after =
        is_written && strcmp(cell->after[0], ROLLUP_UNLISTED) != 0 ? cell->after[0] : "";
    struct offered offered = {.code = sequence,
                              .other = after,
                              .side = (char)('0' + SEQUENCE_BEFORE),
                              .level = (char)('0' + (int)level_of(about, code)),
                              .known = has_introductory(sequences, sequence, year) ? '1' : '0'};
    if (add_side(sequences, cell, &offered, error) != CTE_OK || after[0] == '\0')
        return error->status;
    offered.code = after;
    offered.other = sequence;
    offered.side = (char)('0' + SEQUENCE_AFTER);
    return add_side(sequences, cell, &offered, error);
}

/* ---- telling ---- */

const char *sequence_name(const struct sequences *sequences, enum sequence_side side,
                          const char *code)
{
    const struct rollup_sets *sets = &sequences->sets;
    const char *name = side == SEQUENCE_AFTER ? rollup_name(sets->after[0], code, YEAR_LAST)
                                              : rollup_name(sets->sequence, code, YEAR_LAST);
    return name != NULL ? name : "";
}

/* A row of the file while its groups come: one school, one code. */
struct school_row {
    struct text head;
    enum sequence_side side;
    const char *lea, *school, *code; /* in the head */
    uint64_t sections[COURSE_LEVELS], open;
    bool needs_introductory;
    char first[16], last[16]; /* years */
    struct text others;       /* codes of the other side, blank separated */
    struct text last_other;
    size_t other_count;
};

static void begin_row(struct school_row *row, struct slice head)
{
    text_clear(&row->head);
    text_put(&row->head, head.at, head.length);
    text_clear(&row->others);
    text_clear(&row->last_other);
    const char *at = row->head.bytes;
    row->lea = next_part(&at);
    row->school = next_part(&at);
    row->side = (enum sequence_side)(*at++ - '0');
    row->code = next_part(&at);
    memset(row->sections, 0, sizeof row->sections);
    row->open = 0;
    row->needs_introductory = false;
    row->first[0] = row->last[0] = '\0';
    row->other_count = 0;
}

/* Groups come by the other code, so each is seen once. */
static void take_other(struct school_row *row, const char *other)
{
    if (other[0] == '\0' ||
        (row->other_count > 0 && strcmp(text_string(&row->last_other), other) == 0))
        return;
    text_join(&row->others, " ", other);
    text_clear(&row->last_other);
    text_put(&row->last_other, other, strlen(other));
    row->other_count++;
}

static void take_sections(struct school_row *row, const struct group *group)
{
    const char *at = group->tail.at, *other = next_part(&at);
    const int level = *at++ - '0';
    row->needs_introductory = row->needs_introductory || *at == '1';
    const char *year = at + 1;
    row->sections[level] += group->records;
    if (other[0] == '\0')
        row->open += group->records;
    if (row->first[0] == '\0' || strcmp(year, row->first) < 0)
        snprintf(row->first, sizeof row->first, "%.15s", year);
    if (strcmp(year, row->last) > 0)
        snprintf(row->last, sizeof row->last, "%.15s", year);
    take_other(row, other);
}

static bool is_full(const struct school_row *row)
{
    return row->sections[LEVEL_CONCENTRATOR] > 0 && row->sections[LEVEL_CAPSTONE] > 0 &&
           (row->sections[LEVEL_INTRODUCTORY] > 0 || !row->needs_introductory);
}

static void total_row(struct sequences *sequences, const struct school_row *row)
{
    struct sequence_totals *totals = &sequences->totals[row->side];
    const size_t known = totals->codes.count, number = map_add_string(&totals->codes, row->code);
    if (number == known) {
        GROW(totals->schools, known, totals->room);
        totals->schools[number] = (struct sequence_schools){0};
    }
    struct sequence_schools *schools = &totals->schools[number];
    schools->any++;
    schools->full += is_full(row);
    schools->split += row->side == SEQUENCE_BEFORE && is_full(row) && row->other_count > 1;
}

static void put_text(struct output *output, const char *text)
{
    output_cell(output, text, strlen(text));
    output_text(output, ",");
}

static void put_school(struct output *output, const struct sequences *sequences,
                       const struct school_row *row)
{
    static const char *const sides[] = {"before", "after"};
    char counts[128];
    put_text(output, row->lea);
    put_text(output, row->school);
    put_text(output, row->first);
    put_text(output, row->last);
    put_text(output, sides[row->side]);
    put_text(output, row->code);
    put_text(output, sequence_name(sequences, row->side, row->code));
    snprintf(counts, sizeof counts, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s,",
             row->sections[LEVEL_INTRODUCTORY], row->sections[LEVEL_CONCENTRATOR],
             row->sections[LEVEL_CAPSTONE], row->open, is_full(row) ? "yes" : "no");
    output_text(output, counts);
    put_text(output, text_string(&row->others));
    output_text(output, row->other_count > 1 ? "yes\r\n" : "no\r\n");
}

enum { MOST_SUBS = 2 };

/* The files are written at once, for groups come out once. */
struct sequence_files {
    struct output outputs[MOST_SUBS];
    size_t count;
};

static void end_row(struct sequences *sequences, const struct school_row *row,
                    struct sequence_files *files)
{
    if (row->head.length == 0)
        return;
    total_row(sequences, row);
    for (size_t i = 0; i < files->count; i++)
        put_school(&files->outputs[i], sequences, row);
}

static void put_schools(struct sequences *sequences, struct sequence_files *files,
                        struct cte_error *error)
{
    struct school_row row = {.head = {0}};
    struct group group;
    if (group_counts_sort(&sequences->sections, error) != CTE_OK)
        return;
    while (group_counts_next(&sequences->sections, &group, error)) {
        if (row.head.length != group.head.length ||
            memcmp(row.head.bytes, group.head.at, group.head.length) != 0) {
            end_row(sequences, &row, files);
            begin_row(&row, group.head);
        }
        take_sections(&row, &group);
    }
    end_row(sequences, &row, files);
    text_free(&row.head);
    text_free(&row.others);
    text_free(&row.last_other);
}

int write_sequences(struct told *told, struct sequences *sequences, const char *const *subs)
{
    struct sequence_files files = {.count = 0};
    if (sequences->rollup == NULL || subs[0] == NULL)
        return told->error.status;
    for (; files.count < MOST_SUBS && subs[files.count] != NULL; files.count++) {
        struct output *output = &files.outputs[files.count];
        if (begin_document(&told->documents, output, subs[files.count], SEQUENCES_FILE) != CTE_OK)
            break;
        output_text(output,
                    "lea,school,first_year,last_year,side,code,name,introductory,concentrator,"
                    "capstone,not_written,full,codes,several\r\n");
    }
    if (told->error.status == CTE_OK)
        put_schools(sequences, &files, &told->error);
    sequences->is_told = true;
    for (size_t i = 0; i < files.count; i++) {
        if (told->error.status == CTE_OK)
            end_document(&told->documents, &files.outputs[i], subs[i]);
        else
            output_discard(&files.outputs[i]);
    }
    return told->error.status;
}

void free_sequences(struct sequences *sequences)
{
    group_counts_free(&sequences->sections);
    free(sequences->introductory);
    for (size_t side = 0; side < SEQUENCE_SIDES; side++) {
        map_free(&sequences->totals[side].codes);
        free(sequences->totals[side].schools);
    }
    *sequences = (struct sequences){.rollup = NULL};
}
