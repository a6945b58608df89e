/* Rows of a sheet as groups: those that have the same code and years, and their targets. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import_map.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

enum { MAX_VALUES = 32, MAX_TARGETS = 256 };

/* The codes that one cell means for an output. */
struct values {
    const struct code *code[MAX_VALUES];
    size_t count;
};

/* Those of all outputs that stand side by side in a row. */
struct row_values {
    struct values outputs[CROSSWALK_MAX_OUTPUTS];
    bool bad; /* a problem was reported */
};

/* The parts of a cell that are not one name by themselves: at line breaks, and at the separator the
 * plan names. */
static void read_values(struct map_import *import, const struct sheet_row *row, size_t output,
                        size_t place, struct row_values *read)
{
    struct importing *importing = import->importing;
    struct values *values = &read->outputs[output];
    const struct wanted_code wanted = {.names = import->sets[output],
                                       .property = output > 0 ? import->outputs[0] : NULL,
                                       .among = read->outputs[0].code,
                                       .among_count = read->outputs[0].count};
    size_t column = import->columns[output]->places[place];
    const struct code *found[NAMES_MAX_FOUND];
    char *text = cell_text(importing, row, column, &read->bad);
    if (text == NULL)
        return;
    text = in_form(importing, import->outputs[output], text);
    cut_remarks(importing, wanted.names, text);
    /* The cell as the sheet has it still has its line breaks; whole, its text is tried first,
     * because names hold separators too. */
    bool whole = names_find(wanted.names, text, found) > 0;
    char *parts = cte_strdup(whole ? text : shown_cell(importing, row, column)->text);
    for (char *part = parts, *next; part != NULL; part = next) {
        size_t length = whole ? strlen(part) : strcspn(part, import->separator);
        next = part[length] == '\0' ? NULL : part + length + 1;
        char *name = trimmed(part, length);
        if (name == NULL)
            continue;
        name = in_form(importing, import->outputs[output], name);
        cut_remarks(importing, wanted.names, name);
        const struct code *code = cell_code(importing, row, column, &wanted, name);
        free(name);
        read->bad = read->bad || code == NULL;
        if (code != NULL && values->count == MAX_VALUES) {
            problem(importing, row, column, "holds more than %d values", MAX_VALUES);
            read->bad = true;
        } else if (code != NULL) {
            values->code[values->count++] = code;
        }
    }
    free(parts);
    free(text);
}

static struct code_group *find_group(struct map_import *import, const struct code *code,
                                     char *first, char *last)
{
    char *key =
        cte_format("%s %s %s", code->value, first != NULL ? first : "", last != NULL ? last : "");
    size_t number = seen_put(import->by_code, key, import->group_count + 1);
    free(key);
    if (number > 0)
        return &import->groups[number - 1];
    GROW(import->groups, import->group_count, import->group_room);
    struct code_group *group = &import->groups[import->group_count++];
    *group = (struct code_group){.code = code, .first = first, .last = last};
    return group;
}

char *format_targets(const struct map_import *import, const struct target *target)
{
    struct text text = {0};
    for (size_t o = 0; o < import->output_count; o++)
        text_join(&text, " ", target->code[o] != NULL ? target->code[o]->value : "-");
    return text_take(&text);
}

static void add_target(struct map_import *import, const struct sheet_row *row,
                       struct code_group *group, struct target target)
{
    struct importing *importing = import->importing;
    char *to = format_targets(import, &target);
    char *key = cte_format("%zu %s", (size_t)(group - import->groups), to);
    size_t before = seen_put(import->by_target, key, row->line),
           column = import->columns[0]->places[0];
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
static const struct code *find_owner(struct map_import *import, const struct sheet_row *row,
                                     size_t place, const struct code *value,
                                     const struct values *first)
{
    const char *name = code_property(value, import->outputs[0]);
    for (size_t i = 0; i < first->count; i++) {
        if (name == NULL ? first->count == 1 : strcmp(first->code[i]->value, name) == 0)
            return first->code[i];
    }
    const struct code *owner = name != NULL && first->count == 0
                                   ? codeset_find(names_set(import->sets[0]), name, strlen(name))
                                   : NULL;
    if (owner != NULL)
        return owner;
    problem(import->importing, row, import->columns[1]->places[place],
            "%s %s belongs to %s %s, which the row does not name", value->value, value->name,
            import->outputs[0], name != NULL ? name : "(nobody says to which)");
    return NULL;
}

/* One set of output columns of a row, as targets of the group; of no group where the row's own code
 * is wrong. False where all of them are blank. */
static bool add_targets(struct map_import *import, const struct sheet_row *row, size_t place,
                        struct code_group *group, const struct target *why)
{
    struct importing *importing = import->importing;
    struct row_values read = {0};
    const struct values *values = read.outputs;
    for (size_t o = 0; o < import->output_count; o++)
        read_values(import, row, o, import->columns[o]->place_count > 1 ? place : 0, &read);
    if (read.bad || group == NULL)
        return true;
    struct target target = *why;
    target.note = note_with_remarks(importing, why->note);
    size_t total = 0;
    for (size_t o = 0; o < import->output_count; o++) {
        total += values[o].count;
        if (values[o].count > 1 && import->output_count > 2) {
            problem(importing, row, import->columns[o]->places[0],
                    "holds two values, and which goes with which of %zu outputs is not why_blank; "
                    "give each a row of its own",
                    import->output_count);
            return true;
        }
        target.code[o] = values[o].count == 1 ? values[o].code[0] : NULL;
    }
    if (total == 0)
        return false;
    if (import->output_count != 2) {
        for (size_t i = 0; i < (import->output_count == 1 ? values[0].count : 1); i++) {
            target.code[0] = values[0].count > 0 ? values[0].code[i] : NULL;
            add_target(import, row, group, target);
        }
        return true;
    }
    bool owns[MAX_VALUES] = {0};
    for (size_t i = 0; i < values[1].count; i++) {
        target.code[0] = find_owner(import, row, place, values[1].code[i], &values[0]);
        target.code[1] = values[1].code[i];
        for (size_t k = 0; k < values[0].count; k++)
            owns[k] = owns[k] || values[0].code[k] == target.code[0];
        if (target.code[0] != NULL)
            add_target(import, row, group, target);
        else
            return true;
    }
    for (size_t k = 0; k < values[0].count; k++) {
        target.code[0] = values[0].code[k];
        target.code[1] = NULL;
        if (!owns[k])
            add_target(import, row, group, target);
    }
    return true;
}

static char *read_confidence(struct importing *importing, const struct sheet_row *row, bool *bad)
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

void group_row(struct map_import *import, const struct sheet_row *row)
{
    struct importing *importing = import->importing;
    bool bad = false;
    const struct column *column = column_of(importing, "code");
    text_clear(&importing->remarks);
    char *text = key_text(importing, row, &bad);
    if (text == NULL) {
        if (!bad)
            problem(importing, row, column->places[0],
                    "the row has no code; fill it, or take the row out");
        return;
    }
    cut_remarks(importing, import->from, text);
    const struct code *code = cell_code(importing, row, column->places[0],
                                        &(struct wanted_code){.names = import->from}, text);
    free(text);
    char *years[2];
    row_years(importing, row, import->years, years, &bad);
    for (size_t i = 0; i < 2; i++)
        years[i] = import->years[i] == NULL ? years[i] : NULL; /* the map says it for all rows */
    struct target why = {.confidence = read_confidence(importing, row, &bad),
                         .basis = role_text(importing, row, "basis", &bad),
                         .note = role_text(importing, row, "note", &bad)};
    char *name = role_text(importing, row, "name", &bad);
    struct code_group *group = code != NULL ? find_group(import, code, years[0], years[1]) : NULL;
    if (group != NULL && group->name == NULL)
        group->name = name;
    note_relation(importing, row, group, &bad);
    /* Where the code is wrong, the targets are looked at all the same, so that everything that is
     * wrong in the row is told. */
    bool filled = false;
    for (size_t place = 0; place < import->places; place++)
        filled = add_targets(import, row, place, group, &why) || filled;
    if (group != NULL && !filled && !bad && group->blank == NULL) {
        group->blank = row;
        group->why_blank = why;
        group->why_blank.note = note_with_remarks(importing, why.note);
    }
    importing->rows++;
}
