/* Rows of a sheet as the rows of a crosswalk. Rows of the sheet that have the same code and years
 * become one row: with one target it is decided; with several nothing in the sheet says which of
 * them holds when, so they become choices. Each map has a sheet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

enum { MAX_VALUES = 32, MAX_TARGETS = 256 };

static const char code_role[] = "code";

struct target {
    const struct code *code[CROSSWALK_MAX_OUTPUTS]; /* NULL: none */
    const char *confidence, *basis, *note;
};

struct group {
    const struct code *code;
    char *first, *last, *name;
    struct target *targets;
    size_t count, room;
    const struct sheet_row *blank; /* a row that names no target, and what it says else */
    struct target said;
};

struct walk {
    struct importing *importing;
    struct names *from;
    const char *outputs[CROSSWALK_MAX_OUTPUTS];
    struct names *sets[CROSSWALK_MAX_OUTPUTS];
    struct column *columns[CROSSWALK_MAX_OUTPUTS];
    size_t output_count, places; /* how often the output columns stand side by side */
    char *separator;
    char *years[2]; /* the first and last of the map, each NULL where not given */
    bool blank_is_none;
    struct group *groups;
    size_t group_count, group_room;
    struct seen *by_code, *by_target;
};

/* The codes that one cell means for an output. */
struct values {
    const struct code *code[MAX_VALUES];
    size_t count;
};

/* The parts of a cell that are not one name by themselves: at line breaks, and at the separator the
 * plan names. */
static void take_values(struct walk *walk, const struct sheet_row *row, size_t output, size_t place,
                        const struct values *among, struct values *values, bool *bad)
{
    struct importing *importing = walk->importing;
    size_t column = walk->columns[output]->places[place];
    const struct code *found[NAMES_MAX_FOUND];
    const char *property = output > 0 ? walk->outputs[0] : NULL;
    char *text = cell_text(importing, row, column, bad);
    if (text == NULL)
        return;
    /* The cell as the sheet has it still has its line breaks; whole, its text is tried first,
     * because names hold separators too. */
    bool whole = names_find(walk->sets[output], text, found) > 0;
    char *parts = cte_strdup(whole ? text : shown_cell(importing, row, column)->text);
    for (char *part = parts, *next; part != NULL; part = next) {
        size_t length = whole ? strlen(part) : strcspn(part, walk->separator);
        next = part[length] == '\0' ? NULL : part + length + 1;
        char *name = trimmed(part, length);
        if (name == NULL)
            continue;
        const struct code *code = cell_code(importing, row, column, walk->sets[output], name,
                                            property, among->code, among->count);
        free(name);
        *bad = *bad || code == NULL;
        if (code != NULL && values->count == MAX_VALUES) {
            problem(importing, row, column, "holds more than %d values", MAX_VALUES);
            *bad = true;
        } else if (code != NULL) {
            values->code[values->count++] = code;
        }
    }
    free(parts);
    free(text);
}

static struct group *group_of(struct walk *walk, const struct code *code, char *first, char *last)
{
    char *key =
        cte_format("%s %s %s", code->value, first != NULL ? first : "", last != NULL ? last : "");
    size_t number = seen_put(walk->by_code, key, walk->group_count + 1);
    free(key);
    if (number > 0)
        return &walk->groups[number - 1];
    GROW(walk->groups, walk->group_count, walk->group_room);
    struct group *group = &walk->groups[walk->group_count++];
    *group = (struct group){.code = code, .first = first, .last = last};
    return group;
}

static char *targets_text(const struct walk *walk, const struct target *target)
{
    struct text text = {0};
    for (size_t o = 0; o < walk->output_count; o++)
        text_join(&text, " ", target->code[o] != NULL ? target->code[o]->value : "-");
    return text_take(&text);
}

static void add_target(struct walk *walk, const struct sheet_row *row, struct group *group,
                       struct target target)
{
    struct importing *importing = walk->importing;
    char *to = targets_text(walk, &target);
    char *key = cte_format("%zu %s", (size_t)(group - walk->groups), to);
    size_t before = seen_put(walk->by_target, key, row->line), column = walk->columns[0]->places[0];
    if (before != 0 && !importing->once)
        problem(importing, row, column,
                "row %zu says already that %s becomes %s; take one out, or set repeats = once",
                before, group->code->value, to);
    importing->repeats += before != 0;
    free(key);
    free(to);
    if (before != 0)
        return;
    if (group->count == MAX_TARGETS) {
        problem(importing, row, column, "%s has more than %d targets", group->code->value,
                MAX_TARGETS);
        return;
    }
    GROW(group->targets, group->count, group->room);
    group->targets[group->count++] = target;
}

/* The first output of a value of the second: the one it belongs to by its property, or the only one
 * there is. NULL after a problem. */
static const struct code *owner(struct walk *walk, const struct sheet_row *row, size_t place,
                                const struct code *value, const struct values *first)
{
    const char *name = code_property(value, walk->outputs[0]);
    for (size_t i = 0; i < first->count; i++) {
        if (name == NULL ? first->count == 1 : strcmp(first->code[i]->value, name) == 0)
            return first->code[i];
    }
    if (name != NULL && first->count == 0)
        return codeset_find(names_set(walk->sets[0]), name, strlen(name));
    problem(walk->importing, row, walk->columns[1]->places[place],
            "%s %s belongs to %s %s, which the row does not name", value->value, value->name,
            walk->outputs[0], name != NULL ? name : "(nobody says to which)");
    return NULL;
}

/* One set of output columns of a row, as targets of the group; of no group where the row's own code
 * is wrong. False where all of them are blank. */
static bool take_targets(struct walk *walk, const struct sheet_row *row, size_t place,
                         struct group *group, const struct target *why)
{
    struct values values[CROSSWALK_MAX_OUTPUTS] = {0};
    bool bad = false;
    for (size_t o = 0; o < walk->output_count; o++)
        take_values(walk, row, o, walk->columns[o]->place_count > 1 ? place : 0, &values[0],
                    &values[o], &bad);
    if (bad || group == NULL)
        return true;
    struct target target = *why;
    size_t total = 0;
    for (size_t o = 0; o < walk->output_count; o++) {
        total += values[o].count;
        if (values[o].count > 1 && walk->output_count > 2) {
            problem(walk->importing, row, walk->columns[o]->places[0],
                    "holds two values, and which goes with which of %zu outputs is not said; "
                    "give each a row of its own",
                    walk->output_count);
            return true;
        }
        target.code[o] = values[o].count == 1 ? values[o].code[0] : NULL;
    }
    if (total == 0)
        return false;
    if (walk->output_count != 2) {
        for (size_t i = 0; i < (walk->output_count == 1 ? values[0].count : 1); i++) {
            target.code[0] = values[0].count > 0 ? values[0].code[i] : NULL;
            add_target(walk, row, group, target);
        }
        return true;
    }
    bool owns[MAX_VALUES] = {0};
    for (size_t i = 0; i < values[1].count; i++) {
        target.code[0] = owner(walk, row, place, values[1].code[i], &values[0]);
        target.code[1] = values[1].code[i];
        for (size_t k = 0; k < values[0].count; k++)
            owns[k] = owns[k] || values[0].code[k] == target.code[0];
        if (target.code[0] != NULL)
            add_target(walk, row, group, target);
        else
            return true;
    }
    for (size_t k = 0; k < values[0].count; k++) {
        target.code[0] = values[0].code[k];
        target.code[1] = NULL;
        if (!owns[k])
            add_target(walk, row, group, target);
    }
    return true;
}

static char *confidence_of(struct importing *importing, const struct sheet_row *row, bool *bad)
{
    static const char *const levels[] = {"high", "medium", "low"};
    const char *text = role_text(importing, row, "confidence", bad);
    char *fold = arena_take(&importing->words, folded(text != NULL ? text : ""));
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(fold, levels[i]) == 0)
            return fold;
    }
    if (text != NULL) {
        problem(importing, row, column_of(importing, "confidence")->places[0],
                "'%s': confidence is high, medium or low", text);
        *bad = true;
    }
    return NULL;
}

static void take_row(struct walk *walk, const struct sheet_row *row)
{
    struct importing *importing = walk->importing;
    bool bad = false;
    const struct column *column = column_of(importing, code_role);
    char *text = cell_text(importing, row, column->places[0], &bad);
    if (text == NULL) {
        if (!bad)
            problem(importing, row, column->places[0],
                    "the row has no code; fill it, or take the row out");
        return;
    }
    const struct code *code =
        cell_code(importing, row, column->places[0], walk->from, text, NULL, NULL, 0);
    free(text);
    char *years[2];
    row_years(importing, row, walk->years, years, &bad);
    for (size_t i = 0; i < 2; i++)
        years[i] = walk->years[i] == NULL ? years[i] : NULL; /* the map says it for all rows */
    struct target why = {.confidence = confidence_of(importing, row, &bad),
                         .basis = role_text(importing, row, "basis", &bad),
                         .note = role_text(importing, row, "note", &bad)};
    char *name = role_text(importing, row, "name", &bad);
    struct group *group = code != NULL ? group_of(walk, code, years[0], years[1]) : NULL;
    if (group != NULL && group->name == NULL)
        group->name = name;
    /* Where the code is wrong, the targets are looked at all the same, so that everything that is
     * wrong in the row is told. */
    bool filled = false;
    for (size_t place = 0; place < walk->places; place++)
        filled = take_targets(walk, row, place, group, &why) || filled;
    if (group != NULL && !filled && !bad && group->blank == NULL) {
        group->blank = row;
        group->said = why;
    }
    importing->rows++;
}

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
static const char *kind_of(const struct walk *walk, const struct group *group,
                           const struct seen *leads)
{
    const struct target *target = &group->targets[0];
    if (walk->output_count == 1 && names_set(walk->from) == names_set(walk->sets[0]) &&
        strcmp(target->code[0]->value, group->code->value) == 0)
        return "same";
    char *to = targets_text(walk, target);
    bool shared = seen_get(leads, to) != 0;
    free(to);
    return shared ? "merged" : "renamed";
}

static void put_group(const struct walk *walk, struct group *group, xmlNodePtr map,
                      const struct seen *leads, unsigned *n)
{
    xmlNodePtr row = draft_add(map, "row");
    put_number(row, n);
    draft_put(row, "code", group->code->value);
    struct target agreed = {0};
    bool split = group->count > 1;
    for (size_t o = 0; o < walk->output_count && group->count > 0; o++) {
        agreed.code[o] = group->targets[0].code[o];
        for (size_t i = 1; i < group->count; i++)
            agreed.code[o] = group->targets[i].code[o] == agreed.code[o] ? agreed.code[o] : NULL;
    }
    bool decided = agreed.code[0] != NULL, none = group->count == 0 && walk->blank_is_none;
    const char *kind = none                ? "none"
                       : split && decided  ? "split-one"
                       : group->count == 1 ? kind_of(walk, group, leads)
                                           : "undecided";
    draft_put(row, "kind", kind);
    if (strcmp(kind, "undecided") != 0 && strcmp(kind, "same") != 0) {
        char *to = targets_text(walk, split || none ? &agreed : &group->targets[0]);
        draft_put(row, "to", to);
        free(to);
    }
    draft_put(row, "name", group->name != NULL ? group->name : group->code->name);
    draft_put(row, "first", group->first);
    draft_put(row, "last", group->last);
    if (group->count == 0 && group->said.note == NULL)
        group->said.note =
            none ? "the sheet names no target, which means none" : "the sheet names no target";
    if (split)
        draft_put(row, "note", "the sheet names several targets and does not say what decides");
    else
        put_why(row, group->count == 1 ? &group->targets[0] : &group->said);
    for (size_t i = 0; split && i < group->count; i++) {
        xmlNodePtr choice = draft_add(row, "choice");
        char *to = targets_text(walk, &group->targets[i]);
        put_number(choice, n);
        draft_put(choice, "to", to);
        draft_put(choice, "role", decided ? "other-subcluster" : "alternative");
        put_why(choice, &group->targets[i]);
        free(to);
    }
}

/* Which targets more than one code leads to has to be known before the first row is written. */
static struct seen *count_leads(const struct walk *walk)
{
    struct seen *once = seen_new(), *leads = seen_new();
    for (size_t i = 0; i < walk->group_count; i++) {
        if (walk->groups[i].count != 1)
            continue;
        char *to = targets_text(walk, &walk->groups[i].targets[0]);
        size_t before = seen_put(once, to, i + 1);
        if (before != 0 && walk->groups[before - 1].code != walk->groups[i].code)
            seen_put(leads, to, i + 1);
        free(to);
    }
    seen_free(once);
    return leads;
}

static int open_outputs(struct walk *walk, xmlNodePtr map, struct cte_error *error)
{
    struct importing *importing = walk->importing;
    size_t at = 0;
    const char *id;
    for (struct setting *s; (s = plan_next(&importing->plan, "output.", &at, &id)) != NULL;
         walk->output_count++) {
        size_t o = walk->output_count;
        if (o == CROSSWALK_MAX_OUTPUTS)
            return cte_fail(error, CTE_USAGE, "%s: a map has at most %d outputs", s->where,
                            CROSSWALK_MAX_OUTPUTS);
        walk->outputs[o] = id;
        walk->columns[o] = column_of(importing, id);
        if (walk->columns[o] == NULL)
            return cte_fail(error, CTE_USAGE, "%s: which column holds it? set column.%s", s->where,
                            id);
        if (names_open(&importing->tables, s->value, &walk->sets[o], error) != CTE_OK)
            return error->status;
        xmlNodePtr output = draft_add(map, "output");
        draft_put(output, "id", id);
        draft_put(output, "code-set", names_set(walk->sets[o])->identity.id);
        if (walk->columns[o]->place_count > walk->places)
            walk->places = walk->columns[o]->place_count;
    }
    return walk->output_count > 0
               ? CTE_OK
               : cte_fail(error, CTE_USAGE,
                          "the plan names no output; add a line such as output.NAME = CODE-SET");
}

/* Columns that the sheet repeats must be repeated alike: the second of one goes with the second of
 * the other. */
static int check_columns(const struct walk *walk, struct cte_error *error)
{
    static const char *const roles[] = {"code",       "name",  "first", "last",
                                        "confidence", "basis", "note"};
    const struct importing *importing = walk->importing;
    for (size_t i = 0; i < importing->column_count; i++) {
        const struct column *column = &importing->columns[i];
        bool output = false, known = false;
        for (size_t o = 0; o < walk->output_count; o++)
            output = output || walk->columns[o] == column;
        for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
            known = known || strcmp(roles[k], column->role) == 0;
        if (!known && !output)
            return cte_fail(error, CTE_USAGE,
                            "column.%s: is no output and nothing that a row of a crosswalk has",
                            column->role);
        if (column->place_count > 1 && !(output && column->place_count == walk->places)) {
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
static void check_blanks(const struct walk *walk)
{
    for (size_t i = 0; i < walk->group_count; i++) {
        const struct group *group = &walk->groups[i];
        if (walk->blank_is_none && group->blank != NULL && group->count > 0)
            problem(
                walk->importing, group->blank, walk->columns[0]->places[0],
                "names no target for %s, which means none, but another row names one; take one out",
                group->code->value);
    }
}

/* The head of a map, from the plan. */
static int open_map(struct walk *walk, xmlNodePtr map, struct cte_error *error)
{
    struct importing *importing = walk->importing;
    struct plan *plan = &importing->plan;
    const char *from, *unlisted = plan_get(plan, "unlisted"),
                      *separator = plan_get(plan, "separator");
    if (plan_need(plan, "from", &from, error) != CTE_OK ||
        names_open(&importing->tables, from, &walk->from, error) != CTE_OK ||
        plan_choice(plan, "blank", "none", "undecided", &walk->blank_is_none, error) != CTE_OK ||
        plan_years(importing, walk->years, error) != CTE_OK)
        return error->status;
    if (column_of(importing, code_role) == NULL)
        return cte_fail(error, CTE_USAGE,
                        "the plan does not say which column holds the codes: set column.code");
    walk->separator = cte_format("\r\n%s", separator != NULL ? separator : "");
    draft_put(map, "id", plan->map);
    draft_put(map, "from", names_set(walk->from)->identity.id);
    draft_put(map, "unlisted", unlisted != NULL ? unlisted : "hold");
    draft_put(map, "evidence", plan_get(plan, "evidence"));
    draft_put(map, "first", walk->years[0]);
    draft_put(map, "last", walk->years[1]);
    return open_outputs(walk, map, error) == CTE_OK ? check_columns(walk, error) : error->status;
}

/* One sheet as one map. */
static int import_map(struct importing *importing, xmlNodePtr map, unsigned *n,
                      struct cte_error *error)
{
    struct walk walk = {.importing = importing, .by_code = seen_new(), .by_target = seen_new()};
    if (open_map(&walk, map, error) != CTE_OK)
        return error->status;
    struct column key = *column_of(importing, code_role);
    key.names = walk.from;
    for (size_t r = importing->header + 1; r < importing->sheet.row_count; r++) {
        if (!is_passed_over(importing, &importing->sheet.rows[r], &key))
            take_row(&walk, &importing->sheet.rows[r]);
    }
    check_blanks(&walk);
    struct seen *leads = count_leads(&walk);
    for (size_t i = 0; i < walk.group_count; i++)
        put_group(&walk, &walk.groups[i], map, leads, n);
    free(walk.separator);
    return CTE_OK;
}

int import_crosswalk(struct importing *importing, xmlNodePtr *root, struct cte_error *error)
{
    unsigned n = 0;
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
    return draft_target(*root, &importing->plan, &importing->tables, error);
}
