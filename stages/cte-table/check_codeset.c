/* Code sets, layouts and rules: what stands twice, and whether what they name is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/condition.h"
#include "stages/cte-table/check.h"
#include "stages/cte-table/years.h"

static int compare_texts(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

/* Rows that say the same stand side by side in this order; years and lines come last. */
static int compare_content(const struct code *a, const struct code *b)
{
    int order = strcmp(a->value, b->value);
    if (order == 0)
        order = compare_texts(a->with, b->with);
    if (order == 0)
        order = strcmp(a->name, b->name);
    for (size_t i = 0; order == 0 && i < a->property_count && i < b->property_count; i++) {
        order = strcmp(a->properties[i].name, b->properties[i].name);
        if (order == 0)
            order = strcmp(a->properties[i].value, b->properties[i].value);
    }
    return order != 0 ? order : (a->property_count > b->property_count) - (a->property_count < b->property_count);
}

static int compare_codes(const void *x, const void *y)
{
    const struct code *a = *(const struct code *const *)x, *b = *(const struct code *const *)y;
    int order = compare_content(a, b);
    if (order == 0)
        order = (a->first > b->first) - (a->first < b->first);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* One value may stand on several rows, but not with the same words in one year. */
void check_codeset(struct checking *checking, const struct codeset *set)
{
    const struct code **codes = cte_zalloc(set->code_count, sizeof *codes);
    for (size_t i = 0; i < set->code_count; i++)
        codes[i] = &set->codes[i];
    if (set->code_count > 1)
        qsort(codes, set->code_count, sizeof *codes, compare_codes);
    for (size_t i = 1; i < set->code_count; i++) {
        const struct code *before = codes[i - 1], *code = codes[i];
        if (compare_content(before, code) == 0 && code->first <= before->last) {
            char text[YEARS_TEXT];
            int last = code->last < before->last ? code->last : before->last;
            check_error(checking, set->identity.path, code->line, 0, "code %s stands twice %s, also on line %ld; take one out",
                        code->value, years_text(code->first, last, text), before->line);
        }
    }
    free(codes);
}

/* True when some layout has the field in a record of a type that this one has too. */
static bool is_a_source(const struct checking *checking, const struct record_layout *record, const char *number)
{
    for (size_t l = 0; l < checking->tables.layout_count; l++) {
        for (size_t t = 0; t < record->type_count; t++) {
            size_t index;
            const struct record_layout *other = layout_record(&checking->tables.layouts[l], record->types[t],
                                                              strlen(record->types[t]), &index);
            if (other != NULL && record_field(other, number) >= 0)
                return true;
        }
    }
    return is_unsound(checking, "layout", NULL);
}

static void check_field(struct checking *checking, const struct layout *layout, const struct record_layout *record,
                        const struct field *field)
{
    for (size_t i = 0; i < field->code_set_count; i++) {
        struct cte_error error = {0};
        const struct codeset *set;
        if (!is_unsound(checking, "codeset", field->code_sets[i]) &&
            tables_codeset(&checking->tables, field->code_sets[i], &set, &error) != CTE_OK)
            check_error(checking, layout->identity.path, 0, 0, "field %s: code set %s cannot be used: %s", field->number,
                        field->code_sets[i], error.text);
    }
    if (field->from != NULL && !is_a_source(checking, record, field->from))
        check_error(checking, layout->identity.path, 0, 0,
                    "field %s: takes its value from field %s, which no layout has for its record types; correct the number",
                    field->number, field->from);
    if (field->origin != ORIGIN_RECODE || is_unsound(checking, "crosswalk", NULL))
        return;
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *crosswalk = checking->list[i].loaded.crosswalk;
        const struct crosswalk_map *map = crosswalk != NULL ? crosswalk_map(crosswalk, field->map) : NULL;
        if (map != NULL && crosswalk_output(map, field->output) >= 0)
            return;
    }
    check_warning(checking, layout->identity.path, 0, 0, "field %s: no crosswalk has a map %s with an output %s; nothing fills it",
                  field->number, field->map, field->output);
}

void check_layout(struct checking *checking, const struct layout *layout)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t f = 0; f < layout->records[r].field_count; f++)
            check_field(checking, layout, &layout->records[r], &layout->records[r].fields[f]);
    }
    if (layout->first == YEAR_NONE)
        return;
    for (size_t i = 0; i < checking->tables.layout_count; i++) {
        const struct layout *other = &checking->tables.layouts[i];
        if (strcmp(other->identity.id, layout->identity.id) == 0 || other->first == YEAR_NONE || other->first > layout->last || layout->first > other->last)
            continue;
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t t = 0; t < layout->records[r].type_count; t++) {
                const char *type = layout->records[r].types[t];
                size_t index;
                if (layout_record(other, type, strlen(type), &index) != NULL)
                    check_error(checking, layout->identity.path, 0, 0,
                                "layout %s has record type %s in the same years; only one layout can be taken by year",
                                other->identity.id, type);
            }
        }
    }
}

/* A test must parse, and the code sets it names must be there, for each record type that it is asked of. */
void check_rules(struct checking *checking, const struct rules *rules)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->rules[i];
        for (size_t l = 0; rule->test[0] != '\0' && l < checking->tables.layout_count; l++) {
            const struct layout *layout = &checking->tables.layouts[l];
            for (size_t r = 0; r < layout->record_count; r++) {
                struct cte_error error = {0};
                struct condition *condition;
                bool applies, covered = false;
                for (size_t t = 0; t < layout->records[r].type_count; t++)
                    covered = covered || rule_covers(rule, layout->records[r].types[t]);
                if (covered && !is_unsound(checking, "codeset", NULL) &&
                    condition_compile(rule->test, &layout->records[r], &checking->tables, "its test", &condition, &applies,
                                      &error) != CTE_OK)
                    check_error(checking, rules->identity.path, rule->line, 0, "rule %s: %s", rule->id, error.text);
            }
        }
    }
    for (size_t i = 0; i < rules->join_count; i++) {
        struct cte_error error = {0};
        const struct codeset *set;
        if (!is_unsound(checking, "codeset", rules->joins[i].code_set) &&
            tables_codeset(&checking->tables, rules->joins[i].code_set, &set, &error) != CTE_OK)
            check_error(checking, rules->identity.path, rules->joins[i].line, 0, "join %s: code set %s cannot be used: %s",
                        rules->joins[i].id, rules->joins[i].code_set, error.text);
    }
}
