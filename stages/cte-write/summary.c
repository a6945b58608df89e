#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-write/write.h"
#include "codetables/base/memory.h"

void summary(const char *word, const char *const *fields, size_t count)
{
    printf("%%%s", word);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(fields[i]);
        char *escaped = cte_alloc(2 * length + 1);
        *stream_escape(escaped, fields[i], length) = '\0';
        printf("^%s", escaped);
        free(escaped);
    }
    putchar('\n');
}

/* True when both lists of texts are the same. */
static bool same_texts(const char *const *a, const char *const *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(a[i], b[i]) != 0)
            return false;
    }
    return true;
}

static void harvest_row(struct writing *writing, const struct stream_row *row)
{
    const struct row_plan *plan = plan_at(&writing->row_plans, row->index);
    const char *const texts[] = {row->field,   row->name, row->after, row->crosswalk,
                                 row->version, row->row,  row->reason};
    enum { TEXTS = sizeof texts / sizeof *texts };
    for (size_t i = 0; i < writing->row_count; i++) {
        struct row_plan *other = plan_at(&writing->row_plans, writing->rows[i]->index);
        const struct stream_row *r = writing->rows[i];
        if (!same_texts(texts,
                        (const char *const[]){r->field, r->name, r->after, r->crosswalk, r->version,
                                              r->row, r->reason},
                        TEXTS))
            continue;
        other->various = other->various || plan->various ||
                         plan->before_length != other->before_length ||
                         memcmp(plan->before, other->before, plan->before_length) != 0;
        other->count += plan->count;
        return;
    }
    writing->rows = cte_realloc(writing->rows, (writing->row_count + 1) * sizeof *writing->rows);
    writing->rows[writing->row_count++] = row;
}

static void harvest_rule(struct writing *writing, const struct stream_rule *rule, unsigned program)
{
    const struct rule_plan *plan = plan_at(&writing->rule_plans, rule->index);
    const char *const texts[] = {rule->id, rule->field, rule->name, rule->message};
    for (size_t i = 0; i < writing->rule_count; i++) {
        const struct stream_rule *r = writing->found_rules[i].rule;
        struct rule_plan *other = plan_at(&writing->rule_plans, r->index);
        if (r->severity == rule->severity &&
            same_texts(texts, (const char *const[]){r->id, r->field, r->name, r->message}, 4)) {
            other->count += plan->count;
            return;
        }
    }
    writing->found_rules =
        cte_realloc(writing->found_rules, (writing->rule_count + 1) * sizeof *writing->found_rules);
    writing->found_rules[writing->rule_count++] = (struct harvested_rule){rule, program};
}

void harvest(struct writing *writing)
{
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 1; i < writing->in.rows.counts[p]; i++) {
            const struct stream_row *row = writing->in.rows.items[p][i];
            const struct row_plan *plan = plan_at(&writing->row_plans, row->index);
            if (plan != NULL && plan->count > 0)
                harvest_row(writing, row);
        }
        for (size_t i = 1; i < writing->in.rules.counts[p]; i++) {
            const struct stream_rule *rule = writing->in.rules.items[p][i];
            if (plan_at(&writing->rule_plans, rule->index) != NULL)
                harvest_rule(writing, rule, p);
        }
    }
}

static void summarise_rule(const struct writing *writing, const struct stream_rule *rule)
{
    const struct rule_plan *plan = plan_at(&writing->rule_plans, rule->index);
    const char severity[2] = {(char)rule->severity, '\0'};
    const char *waits = rule->choices == NULL      ? ""
                        : rule->choices[0] == '\0' ? "unmapped"
                                                   : "undecided";
    char count[24];
    snprintf(count, sizeof count, "%" PRIu64, plan->count);
    summary("found",
            (const char *const[]){count, rule->id, severity, rule->field, rule->name, rule->message,
                                  waits},
            7);
}

/* In the order of the programs that found them, whichever part of the source each was first found
 * in. */
static void summarise_definitions(const struct writing *writing)
{
    char count[24];
    for (size_t i = 0; i < writing->row_count; i++) {
        const struct stream_row *row = writing->rows[i];
        const struct row_plan *plan = plan_at(&writing->row_plans, row->index);
        char before[sizeof plan->before + 1] = "";
        memcpy(before, plan->before, plan->before_length);
        snprintf(count, sizeof count, "%" PRIu64, plan->count);
        summary("changed",
                (const char *const[]){count, row->field, row->name,
                                      plan->various ? "(various)" : before, row->after,
                                      row->crosswalk, row->version, row->row, row->reason},
                9);
    }
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 0; i < writing->rule_count; i++) {
            if (writing->found_rules[i].program == p)
                summarise_rule(writing, writing->found_rules[i].rule);
        }
    }
}

void summarise(struct writing *writing)
{
    char numbers[5][24];
    const uint64_t sums[5] = {writing->read, writing->written, writing->merged, writing->rejected,
                              writing->held};
    for (size_t i = 0; i < 5; i++)
        snprintf(numbers[i], sizeof numbers[i], "%" PRIu64, sums[i]);
    summarise_definitions(writing);
    char codes[24], unmapped[24];
    snprintf(codes, sizeof codes, "%zu", writing->needed.unmapped.count);
    snprintf(unmapped, sizeof unmapped, "%" PRIu64, writing->needed.unmapped_records);
    summary("unmapped", (const char *const[]){codes, unmapped}, 2);
    for (size_t i = 0; i < writing->needed.keys.count; i++) {
        const struct needed *needed = &writing->needed.items[i];
        char *fields[8], *memory, records[24];
        char *line = cte_format("%%%s", map_key(&writing->needed.keys, i).at);
        size_t count = stream_split_control((struct slice){line, strlen(line)}, fields, 8, &memory);
        snprintf(records, sizeof records, "%" PRIu64, needed->records);
        if (count == 6)
            summary("needed",
                    (const char *const[]){records, fields[0], fields[1], fields[2], fields[3],
                                          fields[4], fields[5], needed->choices},
                    8);
        free(memory);
        free(line);
    }
    for (int f = 0; f < FILES; f++) {
        if (!writing->made[f])
            continue;
        char bytes[24], records[24];
        snprintf(bytes, sizeof bytes, "%" PRIu64, writing->files[f].bytes);
        snprintf(records, sizeof records, "%" PRIu64, writing->files[f].records);
        summary("file",
                (const char *const[]){file_words[f], writing->files[f].name, bytes, records,
                                      writing->files[f].sha256},
                5);
    }
    summarise_tally(writing);
    summarise_rollups(writing);
    summary("sums",
            (const char *const[]){numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]}, 5);
}
