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

static void collect_row(struct writing *writing, const struct stream_row *row)
{
    const struct row_plan *plan = plan_at(&writing->source.row_plans, row->index);
    const char *const texts[] = {row->field,   row->name, row->after, row->crosswalk,
                                 row->version, row->row,  row->reason};
    enum { TEXTS = sizeof texts / sizeof *texts };
    for (size_t i = 0; i < writing->source.said_count; i++) {
        struct row_plan *other =
            plan_at(&writing->source.row_plans, writing->source.said[i]->index);
        const struct stream_row *r = writing->source.said[i];
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
    writing->source.said = cte_realloc(writing->source.said, (writing->source.said_count + 1) *
                                                                 sizeof *writing->source.said);
    writing->source.said[writing->source.said_count++] = row;
}

static void collect_rule(struct writing *writing, const struct stream_rule *rule, unsigned program)
{
    const struct rule_plan *plan = plan_at(&writing->source.rule_plans, rule->index);
    const char *const texts[] = {rule->id, rule->field, rule->name, rule->message};
    for (size_t i = 0; i < writing->source.rule_count; i++) {
        const struct stream_rule *r = writing->source.found_rules[i].rule;
        struct rule_plan *other = plan_at(&writing->source.rule_plans, r->index);
        if (r->severity == rule->severity &&
            same_texts(texts, (const char *const[]){r->id, r->field, r->name, r->message}, 4)) {
            other->count += plan->count;
            return;
        }
    }
    writing->source.found_rules =
        cte_realloc(writing->source.found_rules,
                    (writing->source.rule_count + 1) * sizeof *writing->source.found_rules);
    writing->source.found_rules[writing->source.rule_count++] = (struct found_rule){rule, program};
}

void collect_definitions(struct writing *writing)
{
    settle_repeats(writing);
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 1; i < writing->in.rows.counts[p]; i++) {
            const struct stream_row *row = writing->in.rows.items[p][i];
            const struct row_plan *plan = plan_at(&writing->source.row_plans, row->index);
            if (plan != NULL && plan->count > 0)
                collect_row(writing, row);
        }
        for (size_t i = 1; i < writing->in.rules.counts[p]; i++) {
            const struct stream_rule *rule = writing->in.rules.items[p][i];
            if (plan_at(&writing->source.rule_plans, rule->index) != NULL)
                collect_rule(writing, rule, p);
        }
    }
}

static void put_rule(const struct writing *writing, const struct stream_rule *rule)
{
    const struct rule_plan *plan = plan_at(&writing->source.rule_plans, rule->index);
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

static void put_changed(const struct writing *writing, const struct stream_row *row)
{
    const struct row_plan *plan = plan_at(&writing->source.row_plans, row->index);
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
static void put_definitions(const struct writing *writing)
{
    for (size_t i = 0; i < writing->source.said_count; i++)
        put_changed(writing, writing->source.said[i]);
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 0; i < writing->source.rule_count; i++) {
            if (writing->source.found_rules[i].program == p)
                put_rule(writing, writing->source.found_rules[i].rule);
        }
    }
}

static void put_file_facts(const struct writing *writing)
{
    for (int f = 0; f < FILES; f++) {
        const struct output *file = &writing->source.files[f];
        if (writing->source.made[f])
            put_fact(stdout, FACT_FILE,
                     &(struct fact_file){.holds = file_words[f],
                                         .name = file->name,
                                         .bytes = file->bytes,
                                         .records = file->records,
                                         .sha256 = file->sha256});
    }
}

void put_account(struct writing *writing)
{
    put_definitions(writing);
    put_fact(stdout, FACT_UNMAPPED,
             &(struct fact_unmapped){writing->source.needed.unmapped.count,
                                     writing->source.needed.unmapped_records});
    put_needed(writing);
    put_file_facts(writing);
    put_tally(writing);
    put_breaches(writing);
    put_fact(stdout, FACT_SUMS,
             &(struct fact_sums){writing->source.read, writing->source.written,
                                 writing->source.merged, writing->source.rejected,
                                 writing->source.held});
}
