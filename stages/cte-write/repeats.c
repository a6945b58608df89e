/* Histories that recur: what their changes and findings make is worked out once, and counted. */
#include <stdlib.h>

#include "codetables/base/memory.h"
#include "stages/cte-write/write.h"

struct repeat {
    /* records of this kind were changed so; NULL: the changes are not known */
    const struct kind *kind;
    struct repeated_change {
        struct row_plan *plan;
        struct move *move;
        uint64_t adds;
    } changes[ROWS_AT_ONCE];
    uint32_t change_rows[ROWS_AT_ONCE];
    size_t change_count;
    uint64_t changed; /* records since they are known */
    struct rule_plan *rules[ROWS_AT_ONCE];
    uint32_t rule_rows[ROWS_AT_ONCE];
    size_t rule_count;
    bool knows_rules;
    uint64_t found; /* records since they are known */
};

/* That of the record at hand; NULL where its history is none that recurs. */
static struct repeat *repeat_of(struct writing *writing)
{
    const struct stream_past *past = writing->past;
    if (past->number == 0 || past->count > ROWS_AT_ONCE)
        return NULL;
    void **place = plan_place(&writing->source.repeats, past->number);
    if (*place == NULL)
        *place = cte_zalloc(1, sizeof(struct repeat));
    return *place;
}

bool repeat_changes(struct writing *writing, const struct record *record)
{
    struct repeat *repeat = repeat_of(writing);
    if (repeat == NULL || repeat->kind != record->kind)
        return false;
    repeat->changed++;
    if (repeat->change_count > 0)
        put_rows(rows_for(writing, FILE_CHANGES), record->line, repeat->change_rows,
                 repeat->change_count);
    return true;
}

void learn_changes(struct writing *writing, const struct record *record)
{
    struct repeat *repeat = repeat_of(writing);
    if (repeat == NULL || repeat->kind != NULL)
        return;
    size_t count = 0;
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_history *entry = &writing->past->lines[i];
        if (entry->letter != HISTORY_CHANGE)
            continue;
        struct row_plan *plan = plan_row(writing, entry->row);
        if (!is_last_change(plan, record, entry->value))
            return;
        repeat->changes[count] = (struct repeated_change){plan, plan->move, plan->last.adds};
        repeat->change_rows[count++] = plan->last.number;
    }
    repeat->change_count = count;
    repeat->kind = record->kind;
}

bool repeat_findings(struct writing *writing, const struct record *record, bool *has_any)
{
    struct repeat *repeat = repeat_of(writing);
    if (repeat == NULL || !repeat->knows_rules)
        return false;
    repeat->found++;
    *has_any = repeat->rule_count > 0;
    if (*has_any)
        put_rows(rows_for(writing, FILE_FINDINGS), record->line, repeat->rule_rows,
                 repeat->rule_count);
    return true;
}

void learn_findings(struct writing *writing)
{
    struct repeat *repeat = repeat_of(writing);
    if (repeat == NULL)
        return;
    size_t count = 0;
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_history *entry = &writing->past->lines[i];
        if (entry->letter != HISTORY_FINDING)
            continue;
        struct rule_plan *plan = plan_rule(writing, entry->rule);
        if (plan->number == 0 || entry->value.length > 0)
            return;
        repeat->rules[count] = plan;
        repeat->rule_rows[count++] = plan->number;
    }
    repeat->rule_count = count;
    repeat->knows_rules = true;
}

/* Counts what a history said as often as it was said. */
static void settle(const struct repeat *repeat)
{
    for (size_t i = 0; i < repeat->change_count; i++) {
        const struct repeated_change *change = &repeat->changes[i];
        change->plan->count += repeat->changed;
        change->move->all += change->adds * repeat->changed;
        change->move->written += change->adds * repeat->changed;
    }
    for (size_t i = 0; i < repeat->rule_count; i++)
        repeat->rules[i]->count += repeat->found;
}

void settle_repeats(struct writing *writing)
{
    struct plans *repeats = &writing->source.repeats;
    for (size_t i = 0; i < repeats->count; i++) {
        if (repeats->items[i] != NULL)
            settle(repeats->items[i]);
    }
    free_repeats(repeats);
}
