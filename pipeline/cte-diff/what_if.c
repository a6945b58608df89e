/* Two tables on the same source: which records would come out differently, by code and school.
 * Nothing is converted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

/* Records of one code, outcome under each table, and school. */
struct group {
    char *text; /* type, code, outcomes and school, joined by tabs */
    uint64_t records;
};

struct counting {
    struct group *groups;
    size_t count, room;
    uint32_t *slots;
    size_t slot_count;
    uint64_t records, different, unreadable;
};

/* More groups than these are not told apart: codes and schools are few where a file is what it
 * should be. */
enum { MOST_GROUPS = 1 << 18, MOST_TEXT = 1 << 11 };

static size_t slot_of(const struct counting *counting, const char *text)
{
    size_t at = keyed_hash(text, strlen(text)) & (counting->slot_count - 1);
    while (counting->slots[at] != 0 &&
           strcmp(counting->groups[counting->slots[at] - 1].text, text) != 0)
        at = (at + 1) & (counting->slot_count - 1);
    return at;
}

static void count_group(struct counting *counting, const char *text)
{
    if ((counting->count + 1) * 2 > counting->slot_count) {
        counting->slot_count = counting->slot_count == 0 ? 1024 : counting->slot_count * 2;
        free(counting->slots);
        counting->slots = cte_zalloc(counting->slot_count, sizeof *counting->slots);
        counting->groups =
            cte_realloc(counting->groups, counting->slot_count * sizeof *counting->groups);
        for (size_t i = 0; i < counting->count; i++)
            counting->slots[slot_of(counting, counting->groups[i].text)] = (uint32_t)i + 1;
    }
    if (counting->count == MOST_GROUPS)
        text = "\t\t\t\t(more codes and schools than are told apart)";
    size_t at = slot_of(counting, text);
    if (counting->slots[at] == 0) {
        counting->groups[counting->count] = (struct group){cte_strdup(text), 0};
        counting->slots[at] = (uint32_t)++counting->count;
    }
    counting->groups[counting->slots[at] - 1].records++;
}

static void append(char **to, const char *end, const char *text, size_t length)
{
    if (length > (size_t)(end - *to))
        length = (size_t)(end - *to);
    *to = mempcpy(*to, text, length);
}

/* What the tables make of the record, in words: "050100 050101", "held", "050100 or 060100,
 * undecided". */
static char *describe(struct diff *diff, char *to, const char *end, const struct diff_plan *plan,
                      const struct slice *fields, size_t count,
                      const struct expectation *expectation)
{
    for (size_t o = 0; o < expectation->count; o++) {
        const struct outcome *outcome = &expectation->outcomes[o];
        if (o > 0)
            append(&to, end, " or ", 4);
        if (outcome->held) {
            append(&to, end, "held", 4);
            continue;
        }
        for (size_t r = 0; r < plan->recoded_count; r++) {
            const size_t t = plan->recoded_field[r];
            struct slice value = outcome->to[r] != NULL
                                     ? wanted(plan, fields, count, outcome, t)
                                     : shown_standing(diff, plan, fields, count, t);
            if (r > 0)
                append(&to, end, " ", 1);
            append(&to, end, value.length > 0 ? value.at : "-",
                   value.length > 0 ? value.length : 1);
        }
        if (!outcome->decided)
            append(&to, end, " if decided so", 14);
    }
    return to;
}

static void compare_record(struct diff *const sides[2], struct diff_plan *const plans[2],
                           const struct record *record, struct counting *counting)
{
    struct slice fields[STREAM_MAX_FIELDS];
    size_t count = fields_of(record, fields);
    char texts[2][MOST_TEXT], line[4 * MOST_TEXT], *end[2];
    for (int s = 0; s < 2; s++) {
        struct expectation expectation;
        expect(sides[s], record->kind, plans[s], fields, &expectation);
        end[s] = describe(sides[s], texts[s], texts[s] + sizeof texts[s] - 1, plans[s], fields,
                          count, &expectation);
        *end[s] = '\0';
    }
    if (strcmp(texts[0], texts[1]) == 0)
        return;
    counting->different++;
    char *to = line, *stop = line + sizeof line - 1;
    append(&to, stop, kind_type(record->kind), strlen(kind_type(record->kind)));
    append(&to, stop, "\t", 1);
    const struct diff_plan *plan = plans[0]->recoded_count > 0 ? plans[0] : plans[1];
    const char *code = code_in(&plan->moves[0], 0, fields[plan->recode_from[0]]);
    append(&to, stop, code, strlen(code));
    append(&to, stop, "\t", 1);
    append(&to, stop, texts[0], (size_t)(end[0] - texts[0]));
    append(&to, stop, "\t", 1);
    append(&to, stop, texts[1], (size_t)(end[1] - texts[1]));
    append(&to, stop, "\t", 1);
    int school = record->kind->record->role_position[ROLE_SCHOOL];
    if (shows_field(sides[0], plans[0], fields, count, school))
        append(&to, stop, fields[school].at, fields[school].length);
    else
        append(&to, stop, NOT_A_CODE, strlen(NOT_A_CODE));
    *to = '\0';
    count_group(counting, line);
}

static int read_source(struct diff *const sides[2], const char *path, struct counting *counting)
{
    struct cte_error *error = &sides[0]->error;
    struct reader_options options = sides[0]->options[0];
    struct source *source;
    struct reader *reader;
    struct planned *planned = sides[0]->planned; /* kinds once, and a plan of each side for them */
    options.kinds = &planned[0].kinds;
    int status = open_records(sides[0], path, &options, &source, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        counting->records++;
        counting->unreadable += record->kind == NULL;
        if (record->kind == NULL)
            continue;
        struct diff_plan *const plans[2] = {plan_of(sides[0], &planned[0], record->kind),
                                            plan_of(sides[1], &planned[1], record->kind)};
        compare_record(sides, plans, record, counting);
    }
    close_records(source, reader);
    return status;
}

static int compare_groups(const void *x, const void *y)
{
    return strcmp(((const struct group *)x)->text, ((const struct group *)y)->text);
}

int what_if(struct diff *const sides[2], const char *const *sources, size_t count,
            uint64_t *different)
{
    struct counting counting = {NULL, 0, 0, NULL, 0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        if (read_source(sides, sources[i], &counting) != CTE_OK)
            return sides[0]->error.status;
    }
    if (counting.count > 1)
        qsort(counting.groups, counting.count, sizeof *counting.groups, compare_groups);
    printf("%" PRIu64 " records read, %" PRIu64 " would come out differently", counting.records,
           counting.different);
    if (counting.unreadable > 0)
        printf(", %" PRIu64 " cannot be read", counting.unreadable);
    puts("");
    const char *names[2];
    for (int s = 0; s < 2; s++)
        names[s] = table_is_draft(&sides[s]->crosswalks[0]->identity) ? " (draft)" : "";
    if (counting.count > 0)
        printf("\nrecords\ttype\tcode\t%s@%s%s\t%s@%s%s\tschool\n",
               sides[0]->crosswalks[0]->identity.id, sides[0]->crosswalks[0]->identity.version,
               names[0], sides[1]->crosswalks[0]->identity.id,
               sides[1]->crosswalks[0]->identity.version, names[1]);
    for (size_t i = 0; i < counting.count; i++)
        printf("%" PRIu64 "\t%s\n", counting.groups[i].records, counting.groups[i].text);
    *different = counting.different;
    return CTE_OK;
}
