/* Rows of a sheet as the rows of a crosswalk. Rows of the sheet that have the same code and years
 * become one row: with one target it is decided; with several nothing in the sheet says which of
 * them holds when, so they become choices. Each map has a sheet. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import_map.h"
#include "codetables/base/memory.h"

static void put_why(xmlNodePtr node, const struct target *target)
{
    draft_put(node, "confidence", target->confidence);
    draft_put(node, "basis", target->basis);
    draft_put(node, "note", target->note);
}

static void put_number(xmlNodePtr node, unsigned *n)
{
    char *text = cte_format("%u", ++*n);
    draft_put(node, "n", text);
    free(text);
}

/* The kind of a row with one target: the same code, one that others lead to as well, or one of its
 * own. */
static const char *choose_kind(const struct map_import *import, const struct code_group *group,
                               const struct seen *shared)
{
    const struct target *target = &group->targets[0];
    if (import->output_count == 1 && names_set(import->from) == names_set(import->sets[0]) &&
        strcmp(target->code[0]->value, group->code->value) == 0)
        return "same";
    char *to = format_targets(import, target);
    bool is_shared = seen_get(shared, to) != 0;
    free(to);
    return is_shared ? "merged" : "renamed";
}

static void put_group(const struct map_import *import, struct code_group *group, xmlNodePtr map,
                      const struct seen *shared, unsigned *n)
{
    xmlNodePtr row = draft_add(map, "row");
    put_number(row, n);
    draft_put(row, "code", group->code->value);
    struct target agreed = {0};
    bool split = group->count > 1;
    for (size_t o = 0; o < import->output_count && group->count > 0; o++) {
        agreed.code[o] = group->targets[0].code[o];
        for (size_t i = 1; i < group->count; i++)
            agreed.code[o] = group->targets[i].code[o] == agreed.code[o] ? agreed.code[o] : NULL;
    }
    bool decided = agreed.code[0] != NULL, none = group->count == 0 && import->blank_is_none;
    const char *kind = none                ? "none"
                       : split && decided  ? "split-one"
                       : group->count == 1 ? choose_kind(import, group, shared)
                                           : "undecided";
    draft_put(row, "kind", kind);
    if (strcmp(kind, "undecided") != 0 && strcmp(kind, "same") != 0) {
        char *to = format_targets(import, split || none ? &agreed : &group->targets[0]);
        draft_put(row, "to", to);
        free(to);
    }
    draft_put(row, "name", group->name != NULL ? group->name : group->code->name);
    draft_put(row, "first", group->first);
    draft_put(row, "last", group->last);
    if (group->count == 0 && group->why_blank.note == NULL)
        group->why_blank.note =
            none ? "the sheet names no target, which means none" : "the sheet names no target";
    if (split)
        draft_put(row, "note", "the sheet names several targets and does not say what decides");
    else
        put_why(row, group->count == 1 ? &group->targets[0] : &group->why_blank);
    for (size_t i = 0; split && i < group->count; i++) {
        xmlNodePtr choice = draft_add(row, "choice");
        char *to = format_targets(import, &group->targets[i]);
        put_number(choice, n);
        draft_put(choice, "to", to);
        draft_put(choice, "role", decided ? "other-subcluster" : "alternative");
        put_why(choice, &group->targets[i]);
        free(to);
    }
}

/* Which targets more than one code shared to has to be known before the first row is written. */
static struct seen *list_shared_targets(const struct map_import *import)
{
    struct seen *once = seen_new(), *shared = seen_new();
    for (size_t i = 0; i < import->group_count; i++) {
        if (import->groups[i].count != 1)
            continue;
        char *to = format_targets(import, &import->groups[i].targets[0]);
        size_t before = seen_put(once, to, i + 1);
        if (before != 0 && import->groups[before - 1].code != import->groups[i].code)
            seen_put(shared, to, i + 1);
        free(to);
    }
    seen_free(once);
    return shared;
}

static int open_outputs(struct map_import *import, xmlNodePtr map, struct cte_error *error)
{
    struct importing *importing = import->importing;
    size_t at = 0;
    const char *id;
    for (struct setting *s; (s = plan_next(&importing->plan, "output.", &at, &id)) != NULL;
         import->output_count++) {
        size_t o = import->output_count;
        if (o == CROSSWALK_MAX_OUTPUTS)
            return cte_fail(error, CTE_USAGE, "%s: a map has at most %d outputs", s->where,
                            CROSSWALK_MAX_OUTPUTS);
        import->outputs[o] = id;
        import->columns[o] = column_of(importing, id);
        if (import->columns[o] == NULL)
            return cte_fail(error, CTE_USAGE, "%s: which column holds it? set column.%s", s->where,
                            id);
        if (open_code_names(importing, s->value, &import->sets[o], error) != CTE_OK)
            return error->status;
        xmlNodePtr output = draft_add(map, "output");
        draft_put(output, "id", id);
        draft_put(output, "code-set", names_set(import->sets[o])->identity.id);
        if (import->columns[o]->place_count > import->places)
            import->places = import->columns[o]->place_count;
    }
    return import->output_count > 0
               ? CTE_OK
               : cte_fail(error, CTE_USAGE,
                          "the plan names no output; add a line such as output.NAME = CODE-SET");
}

/* Columns that the sheet repeats must be repeated alike: the second of one goes with the second of
 * the other. */
static int check_columns(const struct map_import *import, struct cte_error *error)
{
    static const char *const roles[] = {"code",       "name",  "first", "last",
                                        "confidence", "basis", "note",  "relation"};
    const struct importing *importing = import->importing;
    for (size_t i = 0; i < importing->column_count; i++) {
        const struct column *column = &importing->columns[i];
        bool output = false, known = false;
        for (size_t o = 0; o < import->output_count; o++)
            output = output || import->columns[o] == column;
        for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
            known = known || strcmp(roles[k], column->role) == 0;
        if (strcmp(column->role, "cohort") == 0)
            return cte_fail(error, CTE_USAGE,
                            "column.cohort: a table says what holds in an academic year, and not "
                            "for whom by the year of entry; import the rows of one cohort, or keep "
                            "it as a note: column.note = %s",
                            column->header);
        if (!known && !output)
            return cte_fail(error, CTE_USAGE,
                            "column.%s: is no output and nothing that a row of a crosswalk has",
                            column->role);
        if (column->place_count > 1 && !(output && column->place_count == import->places)) {
            char first[8], second[8];
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: the header '%s' stands in columns %s and %s, others stand there as often as "
                "they do not "
                "go with it; say which, as column.%s = %s#2",
                importing->sheet.path, column->header, column_letters(column->places[0], first),
                column_letters(column->places[1], second), column->role, column->header);
        }
    }
    return CTE_OK;
}

/* Where a blank target means none, a code cannot have a row without a target beside one with a
 * target. */
static void check_blanks(const struct map_import *import)
{
    for (size_t i = 0; i < import->group_count; i++) {
        const struct code_group *group = &import->groups[i];
        if (import->blank_is_none && group->blank != NULL && group->count > 0)
            problem(
                import->importing, group->blank, import->columns[0]->places[0],
                "names no target for %s, which means none, but another row names one; take one out",
                group->code->value);
    }
}

/* The head of a map, from the plan. */
static int open_map(struct map_import *import, xmlNodePtr map, struct cte_error *error)
{
    struct importing *importing = import->importing;
    struct plan *plan = &importing->plan;
    const char *from, *unlisted = plan_get(plan, "unlisted"),
                      *separator = plan_get(plan, "separator");
    if (plan_need(plan, "from", &from, error) != CTE_OK ||
        open_code_names(importing, from, &import->from, error) != CTE_OK ||
        plan_choose(plan, (struct plan_choice){"blank", "none", "undecided"},
                    &import->blank_is_none, error) != CTE_OK ||
        plan_years(importing, import->years, error) != CTE_OK)
        return error->status;
    if (column_of(importing, "code") == NULL)
        return cte_fail(error, CTE_USAGE,
                        "the plan does not say which column holds the codes: set column.code");
    import->separator = cte_format("\r\n%s", separator != NULL ? separator : "");
    draft_put(map, "id", plan->map);
    draft_put(map, "from", names_set(import->from)->identity.id);
    draft_put(map, "unlisted", unlisted != NULL ? unlisted : "hold");
    draft_put(map, "evidence", plan_get(plan, "evidence"));
    draft_put(map, "first", import->years[0]);
    draft_put(map, "last", import->years[1]);
    return open_outputs(import, map, error) == CTE_OK ? check_columns(import, error)
                                                      : error->status;
}

static void free_map_import(struct map_import *import)
{
    for (size_t i = 0; i < import->group_count; i++)
        free(import->groups[i].targets);
    free(import->groups);
    seen_free(import->by_code);
    seen_free(import->by_target);
    free(import->separator);
}

/* One sheet as one map. */
static int import_map(struct importing *importing, xmlNodePtr map, unsigned *n,
                      struct cte_error *error)
{
    struct map_import import = {
        .importing = importing, .by_code = seen_new(), .by_target = seen_new()};
    if (open_map(&import, map, error) != CTE_OK) {
        free_map_import(&import);
        return error->status;
    }
    struct column key = *column_of(importing, "code");
    key.names = import.from;
    for (size_t r = importing->header + 1; r < importing->sheet.row_count; r++) {
        if (!is_passed_over(importing, &importing->sheet.rows[r], &key))
            group_row(&import, &importing->sheet.rows[r]);
    }
    check_blanks(&import);
    check_relations(&import);
    struct seen *shared = list_shared_targets(&import);
    for (size_t i = 0; i < import.group_count; i++)
        put_group(&import, &import.groups[i], map, shared, n);
    seen_free(shared);
    free_map_import(&import);
    return CTE_OK;
}

int import_crosswalk(struct importing *importing, xmlNodePtr *root, struct cte_error *error)
{
    unsigned n = 0;
    importing->key_role = "code";
    *root = draft_new("crosswalk");
    if (draft_identity(*root, &importing->plan, error) != CTE_OK ||
        import_head(importing, *root, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < importing->map_count; i++) {
        size_t before = importing->rows;
        if (begin_sheet(importing, i, error) != CTE_OK ||
            import_map(importing, draft_add(*root, "map"), &n, error) != CTE_OK)
            return error->status;
        end_sheet(importing, i, before);
    }
    return draft_target(*root, &importing->plan, &importing->tables, &importing->said, error);
}
