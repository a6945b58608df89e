/* Two tables on the same source: which records would come out differently, by code and school.
 * Nothing is converted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/map.h"
#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

/* Records by code, outcome under each table, and school: the key is these, joined by tabs. */
struct counting {
    struct map groups;
    uint64_t *counts; /* of each group */
    size_t room;
    uint64_t records, different, unreadable;
};

/* More groups than these are not told apart: codes and schools are few where a file is what it
 * should be. */
enum { MOST_GROUPS = 1 << 18, MOST_TEXT = 1 << 11 };

static void count_group(struct counting *counting, const char *text)
{
    if (counting->groups.count == MOST_GROUPS)
        text = "\t\t\t\t(more codes and schools than are told apart)";
    const size_t before = counting->groups.count, group = map_add_string(&counting->groups, text);
    if (group == before) {
        GROW(counting->counts, before, counting->room);
        counting->counts[group] = 0;
    }
    counting->counts[group]++;
}

static void append(char **to, const char *end, const char *text, size_t length)
{
    if (length > (size_t)(end - *to))
        length = (size_t)(end - *to);
    *to = mempcpy(*to, text, length);
}

/* What the tables make of the record, in words: "050100 050101", "held", "050100 or 060100,
 * undecided". */
static char *describe(struct diff *diff, const struct diff_record *record, char *to,
                      const char *end)
{
    const struct diff_plan *plan = record->plan;
    struct expectation expectation;
    find_outcomes(diff, record, &expectation);
    for (size_t o = 0; o < expectation.count; o++) {
        const struct outcome *outcome = &expectation.outcomes[o];
        if (o > 0)
            append(&to, end, " or ", 4);
        if (outcome->held) {
            append(&to, end, "held", 4);
            continue;
        }
        for (size_t r = 0; r < plan->recoded_count; r++) {
            const size_t t = plan->recoded_field[r];
            struct slice value = outcome->to[r] != NULL ? expected_value(record, outcome, t)
                                                        : shown_value(diff, record, t);
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
    size_t count = split_fields(record, fields);
    char texts[2][MOST_TEXT], line[4 * MOST_TEXT], *end[2];
    for (int s = 0; s < 2; s++) {
        const struct diff_record seen = {record->kind, plans[s], fields, count};
        end[s] = describe(sides[s], &seen, texts[s], texts[s] + sizeof texts[s] - 1);
        *end[s] = '\0';
    }
    if (strcmp(texts[0], texts[1]) == 0)
        return;
    counting->different++;
    char *to = line, *stop = line + sizeof line - 1;
    append(&to, stop, kind_type(record->kind), strlen(kind_type(record->kind)));
    append(&to, stop, "\t", 1);
    const struct diff_plan *plan = plans[0]->recoded_count > 0 ? plans[0] : plans[1];
    const char *code = known_code(&plan->moves[0], 0, fields[plan->recode_from[0]]);
    append(&to, stop, code, strlen(code));
    append(&to, stop, "\t", 1);
    append(&to, stop, texts[0], (size_t)(end[0] - texts[0]));
    append(&to, stop, "\t", 1);
    append(&to, stop, texts[1], (size_t)(end[1] - texts[1]));
    append(&to, stop, "\t", 1);
    int school = record->kind->record->role_position[ROLE_SCHOOL];
    if (shows_field(sides[0], &(struct diff_record){record->kind, plans[0], fields, count}, school))
        append(&to, stop, fields[school].at, fields[school].length);
    else
        append(&to, stop, NOT_A_CODE, strlen(NOT_A_CODE));
    *to = '\0';
    count_group(counting, line);
}

struct source_counting {
    struct diff *const *sides;
    struct counting *counting;
};

static int take_record(void *context, const struct record *record, struct cte_error *error)
{
    (void)error;
    struct source_counting *source = context;
    struct diff *const *sides = source->sides;
    source->counting->records++;
    source->counting->unreadable += record->kind == NULL;
    if (record->kind == NULL)
        return CTE_OK;
    /* Each side has a plan of its own for a kind. */
    struct diff_plan *const plans[2] = {find_plan(sides[0], &sides[0]->planned[0], record->kind),
                                        find_plan(sides[1], &sides[1]->planned[0], record->kind)};
    compare_record(sides, plans, record, source->counting);
    return CTE_OK;
}

static int read_source(struct diff *const sides[2], const char *path, struct counting *counting)
{
    struct reader_options options = sides[0]->options[0];
    struct source_counting source = {.sides = sides, .counting = counting};
    options.kinds = &sides[0]->planned[0].kinds; /* both sides count by them */
    return read_records(
        sides[0],
        &(struct record_reading){
            .path = path, .options = &options, .take = take_record, .context = &source},
        &sides[0]->error);
}

static int compare_groups(const void *x, const void *y, void *context)
{
    const struct map *groups = context;
    return strcmp(map_key(groups, *(const size_t *)x).at, map_key(groups, *(const size_t *)y).at);
}

/* The numbers of the groups, in the order of their texts. To be freed. */
static size_t *sort_groups(struct map *groups)
{
    size_t *order = cte_zalloc(groups->count + 1, sizeof *order);
    for (size_t i = 0; i < groups->count; i++)
        order[i] = i;
    qsort_r(order, groups->count, sizeof *order, compare_groups, groups);
    return order;
}

/* What was counted, in words. */
static void write_counting(struct diff *const sides[2], struct counting *counting)
{
    printf("%" PRIu64 " records read, %" PRIu64 " would come out differently", counting->records,
           counting->different);
    if (counting->unreadable > 0)
        printf(", %" PRIu64 " cannot be read", counting->unreadable);
    puts("");
    const char *names[2];
    for (int s = 0; s < 2; s++)
        names[s] = table_is_draft(&sides[s]->crosswalks[0]->identity) ? " (draft)" : "";
    if (counting->groups.count > 0)
        printf("\nrecords\ttype\tcode\t%s@%s%s\t%s@%s%s\tschool\n",
               sides[0]->crosswalks[0]->identity.id, sides[0]->crosswalks[0]->identity.version,
               names[0], sides[1]->crosswalks[0]->identity.id,
               sides[1]->crosswalks[0]->identity.version, names[1]);
    size_t *order = sort_groups(&counting->groups);
    for (size_t i = 0; i < counting->groups.count; i++)
        printf("%" PRIu64 "\t%s\n", counting->counts[order[i]],
               map_key(&counting->groups, order[i]).at);
    free(order);
}

int what_if(struct diff *const sides[2], const char *const *sources, size_t count,
            uint64_t *different)
{
    struct counting counting = {.records = 0};
    int status = CTE_OK;
    for (size_t i = 0; i < count && status == CTE_OK; i++)
        status = read_source(sides, sources[i], &counting);
    if (status == CTE_OK)
        write_counting(sides, &counting);
    free(counting.counts);
    map_free(&counting.groups);
    *different = counting.different;
    return status;
}
