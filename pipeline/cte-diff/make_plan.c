/* The plan of a kind of record: which field goes where, what is recoded, what is the key. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-diff/diff.h"

/* Whether a crosswalk of this comparison recodes the field. Without one, whatever one would. */
static bool is_recoded(const struct diff *diff, const struct record_layout *record,
                       const struct field *field)
{
    return diff->crosswalk_count == 0 ||
           crosswalks_fill(diff->crosswalks, diff->crosswalk_count, record, field);
}

/* Whether a crosswalk of this comparison recodes the field of this number, in any layout. */
static bool is_recodable(const struct diff *diff, const char *number)
{
    for (size_t l = 0; l < diff->tables->layout_count; l++) {
        const struct layout *layout = &diff->tables->layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t f = 0; f < layout->records[r].field_count; f++) {
                const struct field *field = &layout->records[r].fields[f];
                if (field->origin != ORIGIN_RECODE ||
                    (strcmp(field->number, number) != 0 && strcmp(field->from, number) != 0))
                    continue;
                /* Without a crosswalk, what one would recode from layout to layout may differ. */
                if (diff->crosswalk_count == 0 &&
                    diff->options[0].layout == diff->options[1].layout)
                    continue;
                if (is_recoded(diff, &layout->records[r], field))
                    return true;
            }
        }
    }
    return false;
}

/* Whether every layout that knows the record type and has a key for it has this field in it: then
 * both sides agree on the key. */
static bool is_common_key(const struct diff *diff, const char *type, const char *number)
{
    for (size_t l = 0; l < diff->tables->layout_count; l++) {
        size_t type_index;
        const struct record_layout *record =
            layout_record(&diff->tables->layouts[l], type, strlen(type), &type_index);
        bool has_key = false, has_this = false;
        for (size_t f = 0; record != NULL && f < record->field_count; f++) {
            has_key = has_key || record->fields[f].key;
            has_this = has_this ||
                       (record->fields[f].key && strcmp(record->fields[f].number, number) == 0);
        }
        if (has_key && !has_this)
            return false;
    }
    return true;
}

static bool names(const struct option_list *list, const char *number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->texts[i], number) == 0)
            return true;
    }
    return false;
}

static void plan_field(const struct diff *diff, const struct kind *kind, struct diff_plan *plan,
                       size_t t)
{
    const struct field *target = &plan->target->fields[t];
    bool is_other_layout = plan->target != kind->record;
    plan->source[t] = kind_position(kind, target->number);
    plan->recoded[t] = -1;
    plan->masked[t] = names(&diff->ignore, target->number) ||
                      (diff->only.count > 0 && !names(&diff->only, target->number));
    if (!is_other_layout)
        return;
    if (target->origin == ORIGIN_SAME && target->from != NULL)
        plan->source[t] = kind_position(kind, target->from);
    if (target->origin == ORIGIN_CONSTANT)
        plan->fixed[t] = target->value;
    int from = target->origin == ORIGIN_RECODE && is_recoded(diff, plan->target, target)
                   ? kind_position(kind, target->from)
                   : -1;
    if (from >= 0 && plan->recoded_count < MAX_RECODED) {
        plan->recoded[t] = (int)plan->recoded_count;
        plan->recode_from[plan->recoded_count] = from;
        plan->recoded_field[plan->recoded_count++] = t;
    }
}

int load_code_sets(struct diff *diff)
{
    int status = CTE_OK;
    for (size_t l = 0; l < diff->tables->layout_count; l++) {
        const struct layout *layout = &diff->tables->layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t f = 0; f < layout->records[r].field_count && status == CTE_OK; f++) {
                const struct field *field = &layout->records[r].fields[f];
                const struct codeset *set;
                for (size_t s = 0; s < field->code_set_count && is_recodable(diff, field->number) &&
                                   status == CTE_OK;
                     s++)
                    status = tables_codeset(diff->tables, field->code_sets[s], &set, &diff->error);
            }
        }
    }
    return status;
}

static void add_move_field(const struct diff *diff, struct move_plan *moves,
                           const struct field *field, int at)
{
    const size_t i = moves->count++;
    size_t count = 0;
    moves->fields[i] = field;
    moves->at[i] = at;
    for (size_t s = 0; s < field->code_set_count; s++) {
        for (size_t r = 0; r < diff->tables->reference_count && count < MAX_FIELD_SETS; r++) {
            if (strcmp(diff->tables->references[r].text, field->code_sets[s]) == 0)
                moves->sets[i][count++] = diff->tables->references[r].set;
        }
    }
}

/* What a record shows of itself in a flow. Before: the field that the first recoded field comes
 * from, or, of a record that is in the target layout, that field. After: all recoded fields, as
 * they stand. */
static void plan_moves(const struct diff *diff, const struct kind *kind, struct diff_plan *plan)
{
    plan->moves[0].type = plan->moves[1].type = kind_type(kind);
    for (size_t t = 0; t < plan->target->field_count && plan->moves[1].count < MAX_RECODED; t++) {
        const struct field *target = &plan->target->fields[t];
        if (target->origin != ORIGIN_RECODE || !is_recodable(diff, target->number))
            continue;
        int from = plan->recoded[t] >= 0 ? plan->recode_from[plan->recoded[t]] : plan->source[t];
        if (plan->moves[0].count == 0)
            add_move_field(diff, &plan->moves[0], from >= 0 ? &kind->record->fields[from] : target,
                           from);
        add_move_field(diff, &plan->moves[1], target, plan->source[t]);
    }
}

struct diff_plan *find_plan(struct diff *diff, struct planned *planned, const struct kind *kind)
{
    void **place = plan_place(&planned->plans, kind->index);
    if (*place != NULL)
        return *place;
    struct diff_plan *plan = cte_zalloc(1, sizeof *plan);
    size_t type_index, count;
    plan->record = kind->record;
    plan->target = diff->target != NULL ? layout_record(diff->target, kind_type(kind),
                                                        strlen(kind_type(kind)), &type_index)
                                        : NULL;
    if (plan->target == NULL)
        plan->target = kind->record;
    count = plan->target->field_count;
    plan->source = cte_zalloc(count, sizeof *plan->source);
    plan->fixed = cte_zalloc(count, sizeof *plan->fixed);
    plan->recoded = cte_zalloc(count, sizeof *plan->recoded);
    plan->masked = cte_zalloc(count, sizeof *plan->masked);
    plan->key = cte_zalloc(kind->fields, sizeof *plan->key);
    plan->plain = plan->target == kind->record && kind->fields == count &&
                  kind->form->suffix_length == 0 && kind->form->extra_count == 0;
    for (size_t t = 0; t < count; t++) {
        plan_field(diff, kind, plan, t);
        plan->plain = plan->plain && !plan->masked[t];
    }
    for (size_t f = 0; f < kind->fields; f++) {
        const struct field *field = &kind->record->fields[f];
        if (field->key && !is_recodable(diff, field->number) &&
            is_common_key(diff, kind_type(kind), field->number))
            plan->key[plan->key_count++] = (int)f;
    }
    plan_moves(diff, kind, plan);
    *place = plan;
    return plan;
}

void planned_free(struct planned *planned)
{
    for (size_t i = 0; i < planned->plans.count; i++) {
        struct diff_plan *plan = planned->plans.items[i];
        if (plan == NULL)
            continue;
        free(plan->source);
        free(plan->fixed);
        free(plan->recoded);
        free(plan->masked);
        free(plan->key);
        free(plan);
    }
    plans_free(&planned->plans);
    kinds_free(&planned->kinds);
}
