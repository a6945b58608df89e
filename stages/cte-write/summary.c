#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-write/write.h"
#include "codetables/base/memory.h"

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
    put_fact(stdout, FACT_FOUND,
             &(struct fact_found){.records = plan->count,
                                  .rule = rule->id,
                                  .severity = (char)rule->severity,
                                  .field = rule->field,
                                  .name = rule->name,
                                  .message = rule->message,
                                  .waits = rule->choices == NULL      ? WAITS_FOR_NOTHING
                                           : rule->choices[0] == '\0' ? WAITS_FOR_TABLE
                                                                      : WAITS_FOR_DECISION});
}

static void summarise_row(const struct writing *writing, const struct stream_row *row)
{
    const struct row_plan *plan = plan_at(&writing->row_plans, row->index);
    char before[sizeof plan->before + 1] = "";
    memcpy(before, plan->before, plan->before_length);
    put_fact(stdout, FACT_CHANGED,
             &(struct fact_changed){.records = plan->count,
                                    .field = row->field,
                                    .name = row->name,
                                    .before = plan->various ? "(various)" : before,
                                    .after = row->after,
                                    .crosswalk = row->crosswalk,
                                    .version = row->version,
                                    .row = row->row,
                                    .reason = row->reason});
}

/* In the order of the programs that found them, whichever part of the source each was first found
 * in. */
static void summarise_definitions(const struct writing *writing)
{
    for (size_t i = 0; i < writing->row_count; i++)
        summarise_row(writing, writing->rows[i]);
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 0; i < writing->rule_count; i++) {
            if (writing->found_rules[i].program == p)
                summarise_rule(writing, writing->found_rules[i].rule);
        }
    }
}

static void summarise_needed(const struct writing *writing, size_t number)
{
    const struct needed *needed = &writing->needed.items[number];
    enum { LEA, YEAR, TYPE, SCHOOL, CODE, LOCAL, PARTS };
    char *line = cte_format("%%%s", map_key(&writing->needed.keys, number).at);
    char *parts[PARTS + 1], *memory;
    if (stream_split_control(slice_of(line), parts, PARTS + 1, &memory) == PARTS)
        put_fact(stdout, FACT_NEEDED,
                 &(struct fact_needed){.records = needed->records,
                                       .lea = parts[LEA],
                                       .year = parts[YEAR],
                                       .type = parts[TYPE],
                                       .school = parts[SCHOOL],
                                       .code = parts[CODE],
                                       .local = parts[LOCAL],
                                       .choices = needed->choices});
    free(memory);
    free(line);
}

static void summarise_files(const struct writing *writing)
{
    for (int f = 0; f < FILES; f++) {
        const struct output *file = &writing->files[f];
        if (writing->made[f])
            put_fact(stdout, FACT_FILE,
                     &(struct fact_file){.holds = file_words[f],
                                         .name = file->name,
                                         .bytes = file->bytes,
                                         .records = file->records,
                                         .sha256 = file->sha256});
    }
}

void summarise(struct writing *writing)
{
    summarise_definitions(writing);
    put_fact(
        stdout, FACT_UNMAPPED,
        &(struct fact_unmapped){writing->needed.unmapped.count, writing->needed.unmapped_records});
    for (size_t i = 0; i < writing->needed.keys.count; i++)
        summarise_needed(writing, i);
    summarise_files(writing);
    summarise_tally(writing);
    summarise_rollups(writing);
    put_fact(stdout, FACT_SUMS,
             &(struct fact_sums){writing->read, writing->written, writing->merged,
                                 writing->rejected, writing->held});
}
