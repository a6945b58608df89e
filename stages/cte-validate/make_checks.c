/* What is to be looked at in records of a kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/model/sound.h"
#include "stages/cte-validate/validate.h"

const struct field whole_record = {.number = "", .name = ""};

static int make_check(struct validating *validating, const struct kind *kind, size_t position,
                      struct field_check *check)
{
    const struct field *field = &kind->record->fields[position];
    const bool has_suffix = field->role == ROLE_RECORD_TYPE && kind->form->suffix_length > 0;
    *check = (struct field_check){
        .field = field, .position = (uint32_t)position, .form = has_suffix ? kind->form : NULL};
    check->required = (field->required_by >> kind->type_index & 1) != 0;
    if (field->code_set_count > MAX_CODE_SETS)
        return cte_fail(&validating->error, CTE_BAD_TABLE,
                        "layout %s: field %s has more than %d code sets",
                        kind->record->layout->identity.id, field->number, MAX_CODE_SETS);
    for (size_t i = 0; i < field->code_set_count; i++) {
        const struct codeset *set;
        int status =
            tables_codeset(&validating->tables, field->code_sets[i], &set, &validating->error);
        if (status != CTE_OK)
            return status;
        status = sound_related(&validating->tables, set, &check->related[check->set_count],
                               &validating->error);
        if (status != CTE_OK)
            return status;
        check->sets[check->set_count++] = set;
    }
    check->is_judged_by_own =
        check->set_count == 0 ||
        (field->judged_by_count == 1 &&
         (int)field->judged_by[0] == kind->record->role_position[ROLE_ACADEMIC_YEAR]);
    check->plain = check->set_count == 0 && field->min == 0 && field->max == 0 && !field->is_date &&
                   (field->type == NULL || !field->type->restricted);
    return CTE_OK;
}

/* Whether a test looks at a field that the recode gives its value. */
struct recode_search {
    const struct record_layout *record;
    bool found;
};

static void look_for_recoded(const char *number, void *context)
{
    struct recode_search *search = context;
    int position = record_field(search->record, number);
    search->found =
        search->found || (position >= 0 && search->record->fields[position].origin != ORIGIN_SAME);
}

/* Compiles the conditions of the rule table that hold for this kind. Of a converted record, only
 * those are looked at after the recode that it could have broken. */
static int make_conditions(struct validating *validating, const struct kind *kind,
                           bool after_recode, struct checklist *list)
{
    struct arena *memory = &validating->stream.memory;
    list->conditions =
        arena_alloc(memory, validating->rules->rule_count * sizeof *list->conditions);
    for (size_t r = 0; r < validating->rules->rule_count; r++) {
        const struct rule *rule = &validating->rules->rules[r];
        if (rule->kind != RULE_CONDITION || !rule_covers(rule, kind_type(kind)))
            continue;
        struct condition_check *check = &list->conditions[list->condition_count];
        char *where =
            cte_format("%s:%ld: rule %s", validating->rules->identity.path, rule->line, rule->id);
        const struct condition_text test = {rule->test, where};
        int status = condition_compile(
            test, &(struct condition_use){kind->record, &validating->tables, memory},
            &check->condition, &validating->error);
        struct recode_search search = {kind->record, false};
        if (status == CTE_OK && after_recode)
            status = condition_fields(test, look_for_recoded, &search, &validating->error);
        free(where);
        if (status != CTE_OK)
            return status;
        if (check->condition == NULL || (after_recode && !search.found))
            continue;
        int position = record_field(kind->record, rule->field);
        check->finding = (struct field_check){
            .field = position >= 0 ? &kind->record->fields[position] : &whole_record,
            .rule = rule,
            .after_recode = after_recode};
        list->condition_count++;
    }
    return CTE_OK;
}

/* True when a value that is good for one field is good for the other. */
static bool same_properties(const struct field *a, const struct field *b, bool required_a,
                            bool required_b)
{
    if (a->min != b->min || a->max != b->max || a->is_date != b->is_date ||
        required_a != required_b || a->required_first != b->required_first ||
        a->code_set_count != b->code_set_count || a->length_basis != b->length_basis ||
        a->type_basis != b->type_basis || a->date_basis != b->date_basis ||
        a->required_basis != b->required_basis || (a->type == NULL) != (b->type == NULL) ||
        (a->type != NULL &&
         (strcmp(a->type->id, b->type->id) != 0 || a->type->basis != b->type->basis ||
          memcmp(a->type->allowed, b->type->allowed, sizeof a->type->allowed) != 0)))
        return false;
    for (size_t i = 0; i < a->code_set_count; i++) {
        if (strcmp(a->code_sets[i], b->code_sets[i]) != 0)
            return false;
    }
    return true;
}

static int make_list(struct validating *validating, const struct kind *kind, bool after_recode,
                     struct checklist *list)
{
    list->checks = arena_alloc(&validating->stream.memory, kind->fields * sizeof *list->checks);
    for (size_t i = 0; i < kind->fields; i++) {
        struct field_check *check = &list->checks[list->count];
        int status = make_check(validating, kind, i, check);
        if (status != CTE_OK)
            return status;
        list->count += check->required || !check->plain;
    }
    return make_conditions(validating, kind, after_recode, list);
}

/* Splits the checks of a converted kind: what is alike in both layouts and not recoded stays in
 * `received` alone. */
static void drop_repeated(struct kind_checks *checks)
{
    size_t kept = 0;
    for (size_t i = 0; i < checks->now.count; i++) {
        struct field_check *now = &checks->now.checks[i];
        bool is_repeated = false;
        for (size_t r = 0; r < checks->received.count && now->field->origin == ORIGIN_SAME; r++) {
            const struct field_check *received = &checks->received.checks[r];
            if (checks->lineage->same[received->position] == (int)now->position &&
                same_properties(now->field, received->field, now->required, received->required))
                is_repeated = true;
        }
        if (!is_repeated) {
            now->after_recode = true;
            checks->now.checks[kept++] = *now;
        }
    }
    checks->now.count = kept;
}

int make_checks(struct validating *validating, const struct kind *kind, struct kind_checks **result)
{
    struct kind_checks *checks = *result = arena_alloc(&validating->stream.memory, sizeof *checks);
    checks->type = kind_type(kind);
    checks->order_basis = kind->record->order_basis;
    checks->order.field = &whole_record;
    int status = make_list(validating, kind, kind->from != NULL, &checks->now);
    if (status == CTE_OK && kind->from != NULL) {
        checks->lineage = lineage_make(kind);
        status = make_list(validating, kind->from, false, &checks->received);
        drop_repeated(checks);
    }
    if (status == CTE_OK && kind->from != NULL)
        status = make_quick_checks(validating, kind->from, &checks->received);
    return status == CTE_OK ? make_quick_checks(validating, kind, &checks->now) : status;
}
