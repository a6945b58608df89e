/* Roll-ups: the code sets that they name are there, and codes have the properties. */
#include <string.h>

#include "codetables/cte-table/check.h"

/* One roll-up of a table, while it is looked at. */
struct rollup_check {
    struct checking *checking;
    const struct rollup *rollup;
    struct place place;
    bool is_whole; /* all its code sets are there */
};

/* NULL where it cannot be used, which is told; and where none is named. */
static const struct codeset *find_set(struct rollup_check *check, const char *id)
{
    struct cte_error error = {0};
    const struct codeset *set = NULL;
    if (id == NULL)
        return NULL;
    if (is_unsound(check->checking, "codeset", id))
        check->is_whole = false;
    else if (tables_codeset(&check->checking->tables, id, &set, &error) != CTE_OK)
        report_error(&check->checking->findings, check->place,
                     "roll-up %s: code set %s cannot be used: %s", check->rollup->id, id,
                     error.text);
    check->is_whole = check->is_whole && set != NULL;
    return set;
}

static bool has_property(const struct codeset *set, const char *property)
{
    for (size_t i = 0; i < set->code_count; i++) {
        for (const struct code *code = &set->codes[i]; code != NULL; code = code->same) {
            if (code_property(code, property) != NULL)
                return true;
        }
    }
    return false;
}

static void check_property(const struct rollup_check *check, const struct codeset *set,
                           const char *property)
{
    if (set != NULL && property != NULL && !has_property(set, property))
        report_error(&check->checking->findings, check->place,
                     "roll-up %s: no code of %s has the property %s; correct its name",
                     check->rollup->id, set->identity.id, property);
}

/* A code set whose codes nobody has read has none that can be counted by, unless they are named. */
static const struct codeset *find_read_set(struct rollup_check *check,
                                           const struct rollup_dimension *dimension)
{
    const struct codeset *set = find_set(check, dimension->code_set);
    if (set != NULL && set->kind == CODESET_UNREAD && dimension->values == NULL)
        report_error(&check->checking->findings, check->place,
                     "roll-up %s: nobody has read the codes of %s, so that %s tells none apart; "
                     "name them in values, or count by another code set",
                     check->rollup->id, set->identity.id, dimension->id);
    return set;
}

static void check_values(const struct rollup_check *check, const struct codeset *set,
                         const struct rollup_dimension *by)
{
    const bool is_read = set != NULL && set->kind != CODESET_UNREAD;
    for (size_t i = 0; is_read && i < by->value_count; i++) {
        if (!codeset_holds(set, by->values[i], strlen(by->values[i])))
            report_error(&check->checking->findings, check->place,
                         "roll-up %s: %s is no code of %s, so that nothing is counted by it; "
                         "correct or remove it",
                         check->rollup->id, by->values[i], set->identity.id);
    }
}

static void check_codes(struct rollup_check *check)
{
    const struct rollup *rollup = check->rollup;
    const struct rollup_sequence *sequence = &rollup->sequence;
    const struct codeset *before = find_read_set(check, &rollup->before);
    find_read_set(check, &rollup->group);
    check_property(check, before, rollup->group.property);
    for (size_t a = 0; a < rollup->after_count; a++)
        find_read_set(check, &rollup->after[a]);
    for (size_t i = 0; i < rollup->also_count; i++) {
        const struct codeset *set = find_set(check, rollup->also[i].code_set);
        check_property(check, set, rollup->also[i].property);
        check_property(check, set, rollup->also[i].named);
    }
    for (size_t b = 0; b < rollup->by_count; b++) {
        const struct rollup_dimension *by = &rollup->by[b];
        check_values(check, find_read_set(check, by), by);
        check_property(check, before, by->property);
    }
    if (sequence->property == NULL)
        return;
    find_set(check, sequence->code_set);
    check_property(check, before, sequence->property);
    check_property(check, before, sequence->concentrator);
    check_property(check, before, sequence->capstone);
}

static void check_grouping(const struct rollup_check *check)
{
    struct cte_error error = {0};
    struct rollup_sets sets;
    if (check->is_whole && !is_unsound(check->checking, "crosswalk", NULL) &&
        rollup_sets_load(&check->checking->tables, check->rollup, &sets, &error) != CTE_OK)
        report_error(&check->checking->findings, check->place, "roll-up %s: %s", check->rollup->id,
                     error.text);
}

void check_rollups(struct checking *checking, const struct rollups *rollups)
{
    for (size_t i = 0; i < rollups->count; i++) {
        const struct rollup *rollup = &rollups->rollups[i];
        struct rollup_check check = {
            .checking = checking,
            .rollup = rollup,
            .place = {.path = rollups->identity.path, .line = rollup->line},
            .is_whole = true};
        check_codes(&check);
        check_grouping(&check);
    }
}
