/* One code, as a person would tell it. */
#include <stdio.h>
#include <string.h>

#include "codetables/cte-table/find.h"
#include "codetables/cte-table/show.h"

/* A code that a map is asked for. */
struct asked {
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    const char *code;
    int year;
};

static bool covers(int first, int last, int year)
{
    return year == YEAR_NONE || (first <= year && year <= last);
}

static const char *basis_words(enum basis basis)
{
    switch (basis) {
    case BASIS_SEEN: return "read in the agency's own words";
    case BASIS_FAMILY: return "read for the same thing in a sister file";
    case BASIS_INFERRED: return "inferred";
    case BASIS_UNREAD: return "nobody has read it";
    default: return "nothing said of how it is known";
    }
}

int show_code(struct text *out, const struct codeset *set, const char *code, int year)
{
    char text[YEARS_TEXT];
    const struct code *first = codeset_find(set, code, strlen(code));
    if (set->kind == CODESET_FORM || set->kind == CODESET_UNREAD) {
        add_name(out, &set->identity);
        bool good = codeset_judge(set, code, strlen(code), year) != CODE_UNKNOWN;
        text_format(out, " %s\n",
                    set->kind == CODESET_UNREAD
                        ? "holds no codes: nobody has read them, and nothing is checked"
                    : good ? "is a form, no list; the code has that form"
                           : "is a form, no list; the code does not have that form");
        return good ? CTE_OK : CTE_SOME_LEFT;
    }
    if (first == NULL) {
        text_format(out, "%s is no code of ", code);
        add_name(out, &set->identity);
        if (set->complete_through != YEAR_LAST)
            text_format(out, ", which is known to be whole through %s",
                        year_text(set->complete_through, text));
        text_add(out, "\n");
        return CTE_SOME_LEFT;
    }
    bool valid = false;
    for (const struct code *c = first; c != NULL; c = c->same) {
        bool good = covers(c->first, c->last, year);
        valid = valid || good;
        text_format(out, "%s %s is a code of ", code, c->name);
        add_name(out, &set->identity);
        text_format(out, ", %s, valid %s", set->identity.agency,
                    years_text(c->first, c->last, text));
        if (!good)
            text_format(out, "; not in %s", year_text(year, text));
        text_format(out, " (%s)\n", basis_words(c->basis));
        if (c->with != NULL)
            text_format(out, "  with %s\n", c->with);
        for (size_t i = 0; i < c->property_count; i++)
            text_format(out, "  %s: %s\n", c->properties[i].name, c->properties[i].value);
    }
    return valid ? CTE_OK : CTE_SOME_LEFT;
}

/* "050100 Agriculture, 050101 Food Production"; "nothing" where all outputs are empty. */
void add_targets(struct text *out, const struct crosswalk_map *map, const struct targets *to)
{
    size_t filled = 0;
    for (size_t o = 0; o < map->output_count; o++) {
        if (to->code[o] == NULL)
            continue;
        const struct code *code =
            codeset_find(map->outputs[o].set, to->code[o], strlen(to->code[o]));
        text_format(out, "%s%s %s %s", filled++ > 0 ? ", " : "", map->outputs[o].id, to->code[o],
                    code != NULL ? code->name : "");
    }
    for (size_t o = 0; o < map->output_count && filled > 0; o++) {
        if (to->code[o] == NULL)
            text_format(out, ", %s left open", map->outputs[o].id);
    }
    if (filled == 0)
        text_format(out, "nothing: all new fields are empty");
}

static void add_why(struct text *out, const struct crosswalk_why *why, const char *indent)
{
    if (why->confidence[0] != '\0' || why->basis[0] != '\0')
        text_format(out, "%sWhy: %s%s%s%s\n", indent,
                    why->basis[0] != '\0' ? why->basis : "no basis is named",
                    why->confidence[0] != '\0' ? " (confidence " : "", why->confidence,
                    why->confidence[0] != '\0' ? ")" : "");
    if (why->note[0] != '\0')
        text_format(out, "%sNote: %s\n", indent, why->note);
}

static const char *field_name(const struct tables *tables, const char *number)
{
    for (size_t l = tables->layout_count; l-- > 0;) {
        for (size_t r = 0; r < tables->layouts[l].record_count; r++) {
            const struct record_layout *record = &tables->layouts[l].records[r];
            int position = record_field(record, number);
            if (position >= 0)
                return record->fields[position].name;
        }
    }
    return "a field no layout has";
}

/* What would decide where the row itself does not decide all. */
static void add_deciders(struct text *out, const struct tables *tables,
                         const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    for (size_t i = 0; i < row->when_count; i++) {
        const struct crosswalk_when *when = &row->whens[i];
        text_format(out, "  Where %s (%s): ", when->text, field_name(tables, when->field));
        add_targets(out, map, &when->to);
        text_format(out, " (row %u)\n", when->n);
        add_why(out, &when->why, "    ");
    }
    if (row->choice_count == 0)
        return;
    if (map->evidence != NULL)
        text_format(
            out,
            "  The courses that a student took decide, where their files are among the sources "
            "(evidence %s).\n",
            map->evidence);
    text_add(out, "  A recorded decision (--decisions) may name one of:\n");
    for (size_t i = 0; i < row->choice_count; i++) {
        const struct crosswalk_choice *choice = &row->choices[i];
        text_format(out, "    ");
        add_targets(out, map, &choice->to);
        text_format(out, " (%s, row %u)\n", choice->role, choice->n);
        struct crosswalk_why why = choice->why;
        if (strcmp(why.note, row->why.note) == 0)
            why.note = "";
        add_why(out, &why, "      ");
    }
}

void add_row_words(struct text *out, const struct crosswalk_map *map,
                   const struct crosswalk_row *row)
{
    bool open = row->when_count > 0 || row->choice_count > 0;
    switch (row->kind) {
    case ROW_UNDECIDED:
        text_format(
            out,
            open ? "it is undecided: records with it are held unless one of the following decides"
                 : "it is undecided, and no choice is named: records with it are held");
        break;
    case ROW_SAME: text_format(out, "it stays as it is, and the other new fields are empty"); break;
    case ROW_RETIRED: text_format(out, "it is retired: it becomes nothing"); break;
    case ROW_NONE:
        text_format(out, "it has no counterpart and needs none: the new fields are empty");
        break;
    default: text_format(out, "it becomes "); add_targets(out, map, &row->to);
    }
}

/* "In every year, it becomes cluster 050100 Agriculture (row 1, renamed)." */
static void add_row_answer(struct text *out, const struct crosswalk_map *map,
                           const struct crosswalk_row *row)
{
    char text[YEARS_TEXT];
    int first = row->first > map->first ? row->first : map->first,
        last = row->last < map->last ? row->last : map->last;
    text_format(out, "%c%s, ", years_text(first, last, text)[0] - 'a' + 'A', text + 1);
    add_row_words(out, map, row);
    text_format(out, " (row %u, %s).\n", row->n, row->kind_name);
}

static void add_row(struct text *out, const struct tables *tables, const struct crosswalk_map *map,
                    const struct crosswalk_row *row)
{
    add_row_answer(out, map, row);
    add_why(out, &row->why, "  ");
    add_deciders(out, tables, map, row);
}

/* Other crosswalks that know the code, each in its highest version, are given to `add`. */
static void see_others(struct text *out, struct tables *tables, const struct asked *asked,
                       void (*add)(struct text *out, const struct crosswalk *other,
                                   const struct asked *asked))
{
    const struct table_identity *identity = &asked->crosswalk->identity;
    struct cte_error error = {0};
    struct table_files files;
    if (find_tables(tables->folder, &files, &error) != CTE_OK)
        return;
    for (size_t i = 0; i < files.count; i++) {
        const struct table_file *file = &files.list[i];
        struct loaded table;
        struct cte_error ignored = {0};
        if (strcmp(file->kind, identity->kind) == 0 && strcmp(file->id, identity->id) != 0 &&
            is_highest(&files, file) && load_table(tables, file, &table, &ignored) == CTE_OK)
            add(out, table.crosswalk, asked);
    }
    table_files_free(&files);
}

/* One goes before another where a retired code is led to one of today. */
static void add_elsewhere(struct text *out, const struct crosswalk *other,
                          const struct asked *asked)
{
    const char *from = asked->map->from;
    for (size_t m = 0; m < other->map_count; m++) {
        const struct crosswalk_map *map = &other->maps[m];
        if (strcmp(map->from, from) == 0 && strcmp(map->outputs[0].code_set, from) == 0 &&
            crosswalk_rows(map, asked->code, strlen(asked->code)) != NULL) {
            text_format(out, "  ");
            add_name(out, &other->identity);
            text_format(out, " has a row for it: put it before, --crosswalk %s --crosswalk %s.\n",
                        other->identity.id, asked->crosswalk->identity.id);
        }
    }
}

/* Whether a crosswalk that no layout takes anything of leads elsewhere: what others make of its
 * codes belongs to the answer. */
static bool only_answers(const struct crosswalk *crosswalk, const struct crosswalk_map *map)
{
    return crosswalk->target_layout == NULL && strcmp(map->outputs[0].code_set, map->from) != 0;
}

static void add_beside(struct text *out, const struct crosswalk *other, const struct asked *asked)
{
    for (size_t m = 0; m < other->map_count; m++) {
        const struct crosswalk_map *map = &other->maps[m];
        if (strcmp(map->from, asked->map->from) != 0)
            continue;
        for (const struct crosswalk_row *row =
                 crosswalk_rows(map, asked->code, strlen(asked->code));
             row != NULL; row = row->same) {
            if (!covers(row->first, row->last, asked->year))
                continue;
            text_format(out, "By ");
            add_name(out, &other->identity);
            text_format(out, ": ");
            add_row_answer(out, map, row);
        }
    }
}

static void add_sources(struct text *out, const struct table_identity *identity)
{
    text_format(out, "Who says so: %s, %s", identity->agency, identity->status);
    if (table_is_draft(identity))
        text_format(out, ", a draft and nothing official");
    text_add(out, ".\n");
    for (size_t i = 0; i < identity->source_count; i++)
        text_format(out, "  %s: %s (%s)\n", identity->sources[i].file, identity->sources[i].title,
                    identity->sources[i].date);
}

int show_answer(struct text *out, struct tables *tables, const struct crosswalk *crosswalk,
                const char *code, int year)
{
    int status = CTE_SOME_LEFT;
    size_t length = strlen(code);
    add_name(out, &crosswalk->identity);
    text_format(out, ": %s\n", crosswalk->identity.title);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        if (codeset_find(map->set, code, length) == NULL && crosswalk->map_count > 1)
            continue;
        text_format(out, "\nMap %s", map->id);
        if (year != YEAR_NONE) {
            char text[YEARS_TEXT];
            text_format(out, ", asked for %s", year_text(year, text));
        }
        text_add(out, ":\n");
        if (show_code(out, map->set, code, year) != CTE_OK) {
            text_add(out, "Records with it are refused: the code is not valid.\n");
            continue;
        }
        status = CTE_OK;
        const struct asked asked = {crosswalk, map, code, year};
        size_t rows = 0;
        for (const struct crosswalk_row *row = crosswalk_rows(map, code, length); row != NULL;
             row = row->same) {
            if (!covers(row->first, row->last, year) || !covers(map->first, map->last, year))
                continue;
            add_row(out, tables, map, row);
            rows++;
        }
        if (rows == 0) {
            text_format(out, "It has no row%s: %s.\n", year != YEAR_NONE ? " in that year" : "",
                        map->unlisted_passes ? "it stays as it is, and the new fields are empty"
                                             : "records with it are held");
            for (size_t i = 0; i < map->note_count; i++)
                text_format(out, "  Note: %s\n", map->notes[i]);
            see_others(out, tables, &asked, add_elsewhere);
        }
        if (only_answers(crosswalk, map))
            see_others(out, tables, &asked, add_beside);
    }
    if (status != CTE_OK)
        text_format(out, "\n%s is no code that this crosswalk begins from%s.\n", code,
                    year != YEAR_NONE ? " in that year" : "");
    text_add(out, "\n");
    add_sources(out, &crosswalk->identity);
    return status;
}
