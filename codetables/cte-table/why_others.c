/* What other tables, courses and versions say of a code. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/names.h"
#include "codetables/cte-table/why.h"
#include "codetables/model/table_folder.h"

const struct crosswalk_row *why_row(const struct why *why, const struct crosswalk_map *map,
                                    const char *code)
{
    const struct crosswalk_row *last = NULL;
    for (const struct crosswalk_row *row = crosswalk_rows(map, code, strlen(code)); row != NULL;
         row = row->same) {
        if ((why->year == YEAR_NONE || (row->first <= why->year && why->year <= row->last)) &&
            (last == NULL || row->last > last->last))
            last = row;
    }
    return last;
}

/* What a row makes of its code; where it is undecided, between what. */
static void add_brief_words(struct text *out, const struct crosswalk_map *map,
                            const struct crosswalk_row *row)
{
    if (row->kind != ROW_UNDECIDED) {
        add_row_words(out, map, row);
        return;
    }
    text_add(out, "it is undecided");
    for (size_t i = 0; i < row->choice_count; i++) {
        text_add(out, i == 0 ? " between " : i + 1 < row->choice_count ? "; " : "; and ");
        add_targets(out, map, &row->choices[i].to);
    }
}

/* "it becomes … (row 4, renamed, confidence high)". */
static void add_short_row(struct text *out, const struct crosswalk_map *map,
                          const struct crosswalk_row *row)
{
    add_brief_words(out, map, row);
    text_format(out, " (row %u, %s%s%s)", row->n, row->kind_name,
                row->why.confidence[0] != '\0' ? ", confidence " : "", row->why.confidence);
}

/* ---- courses ---- */

/* The join of the rule table that says which codes are courses of which: of the map of either. */
static const struct rule_join *join_of(const struct why *why, const struct crosswalk_map *map)
{
    const struct rules *rules;
    struct cte_error ignored = {0};
    if (tables_rules(why->tables, &rules, &ignored) != CTE_OK)
        return NULL;
    for (size_t i = 0; i < rules->join_count; i++) {
        const struct rule_join *join = &rules->joins[i];
        if (strcmp(join->code_set, map->from) == 0 ||
            (map->evidence != NULL && strcmp(join->id, map->evidence) == 0))
            return join;
    }
    return NULL;
}

/* The row of a code that is valid in the year that is asked, or today. */
static const struct code *valid_code(const struct why *why, const struct code *code)
{
    for (; code != NULL; code = code->same) {
        if (why->year == YEAR_NONE ? code->last == YEAR_LAST
                                   : code->first <= why->year && why->year <= code->last)
            return code;
    }
    return NULL;
}

/* What becomes of the courses of the pathway, those alike together. */
struct alike {
    char *words;
    struct text codes;
    size_t count;
};

static void add_course(struct alike *alike, size_t *count, const char *words, const char *code)
{
    size_t i = 0;
    while (i < *count && strcmp(alike[i].words, words) != 0)
        i++;
    if (i == *count)
        alike[(*count)++] = (struct alike){.words = cte_strdup(words)};
    text_join(&alike[i].codes, ", ", code);
    alike[i].count++;
}

static void add_pathway_courses(const struct why *why, const struct crosswalk_map *courses,
                                const struct rule_join *join)
{
    const struct codeset *set = courses->set;
    struct alike *alike = cte_zalloc(set->code_count + 1, sizeof *alike);
    size_t count = 0;
    struct text words = {0};
    for (size_t c = 0; c < set->code_count; c++) {
        const struct code *code = &set->codes[c];
        const char *of = code_property(code, join->property);
        if (of == NULL || strcmp(of, why->code) != 0 ||
            valid_code(why, codeset_find(set, code->value, code->length)) != code)
            continue;
        const struct crosswalk_row *row = why_row(why, courses, code->value);
        text_clear(&words);
        if (row != NULL)
            add_brief_words(&words, courses, row);
        else
            text_add(&words, "it has no row");
        add_course(alike, &count, text_string(&words), code->value);
    }
    if (count > 0)
        text_add(why->out, "\nIts courses, by the same crosswalk:\n");
    for (size_t i = 0; i < count; i++) {
        text_format(why->out, "  %zu course%s (%s): %s.\n", alike[i].count,
                    alike[i].count == 1 ? "" : "s", text_string(&alike[i].codes), alike[i].words);
        text_free(&alike[i].codes);
        free(alike[i].words);
    }
    text_free(&words);
    free(alike);
}

static const struct crosswalk_map *map_of_set(const struct crosswalk *crosswalk, const char *set)
{
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        if (strcmp(crosswalk->maps[m].from, set) == 0)
            return &crosswalk->maps[m];
    }
    return NULL;
}

/* What becomes of the pathway that a course belongs to. */
static void add_course_pathway(const struct why *why, const struct crosswalk_map *map,
                               const struct rule_join *join)
{
    const struct code *code = valid_code(why, codeset_find(map->set, why->code, strlen(why->code)));
    const char *of = code != NULL ? code_property(code, join->property) : NULL;
    for (size_t m = 0; of != NULL && m < why->answers->map_count; m++) {
        const struct crosswalk_map *other = &why->answers->maps[m];
        const struct crosswalk_row *row = other != map ? why_row(why, other, of) : NULL;
        if (row == NULL)
            continue;
        text_format(why->out, "\nIts %s %s, by the same crosswalk: ", join->property, of);
        add_short_row(why->out, other, row);
        text_add(why->out, ".\n");
    }
}

void add_courses(const struct why *why, const struct crosswalk_map *map)
{
    const struct rule_join *join = join_of(why, map);
    if (join == NULL)
        return;
    const struct crosswalk_map *courses = map_of_set(why->answers, join->code_set);
    if (courses == map)
        add_course_pathway(why, map, join);
    else if (courses != NULL)
        add_pathway_courses(why, courses, join);
}

/* ---- other crosswalks ---- */

static bool has_target(const struct crosswalk_map *map, const struct targets *to,
                       const struct why *why, const char *set)
{
    for (size_t o = 0; o < map->output_count; o++) {
        if (strcmp(map->outputs[o].code_set, set) == 0 && to->code[o] != NULL &&
            strcmp(to->code[o], why->code) == 0)
            return true;
    }
    return false;
}

/* Whether a row, or a condition of it, makes the code of its own. */
static bool leads_to(const struct crosswalk_map *map, const struct crosswalk_row *row,
                     const struct why *why, const char *set)
{
    bool leads = has_target(map, &row->to, why, set);
    for (size_t w = 0; w < row->when_count && !leads; w++)
        leads = has_target(map, &row->whens[w].to, why, set);
    return leads;
}

static void add_heading(struct text *out, bool *is_told)
{
    if (!*is_told)
        text_add(out, "\nOther tables:\n");
    *is_told = true;
}

/* The codes that become this one, where they are not too many to be told one by one. */
static void add_sources_of(const struct why *why, const struct crosswalk_map *map,
                           const struct table_identity *table, const char *set, bool *is_told)
{
    struct text codes = {0};
    size_t count = 0;
    for (size_t r = 0; r < map->row_count; r++) {
        if (!leads_to(map, &map->rows[r], why, set))
            continue;
        text_join(&codes, ", ", map->rows[r].code);
        count++;
    }
    if (count > 0) {
        add_heading(why->out, is_told);
        text_add(why->out, "  ");
        add_name(why->out, table);
        text_format(why->out, ", map %s: %zu row%s lead%s to it: %s.\n", map->id, count,
                    count == 1 ? "" : "s", count == 1 ? "s" : "", text_string(&codes));
    }
    text_free(&codes);
}

/* What another crosswalk makes of the code itself, or of one that is called the same. */
static void add_answers_of(const struct why *why, const struct crosswalk_map *map,
                           const struct table_identity *table, const struct codeset *set,
                           bool *is_told)
{
    const struct code *own = codeset_find(set, why->code, strlen(why->code));
    char *name = folded(own->name);
    const bool is_same_set = map->set == set;
    for (size_t c = 0; c < map->set->code_count; c++) {
        const struct code *code = &map->set->codes[c];
        char *other = is_same_set ? NULL : folded(code->name);
        const bool is_it = is_same_set ? code == own : strcmp(name, other) == 0;
        const struct crosswalk_row *row = is_it ? why_row(why, map, code->value) : NULL;
        free(other);
        if (row == NULL || valid_code(why, code) == NULL)
            continue;
        add_heading(why->out, is_told);
        text_add(why->out, "  ");
        add_name(why->out, table);
        if (!is_same_set)
            text_format(why->out, ", of %s %s, which is called the same", map->set->identity.id,
                        code->value);
        text_add(why->out, ": ");
        add_short_row(why->out, map, row);
        text_add(why->out, ".");
        if (row->why.basis[0] != '\0')
            text_format(why->out, " Why: %s.", row->why.basis);
        text_add(why->out, "\n");
    }
    free(name);
}

void add_others(const struct why *why, const struct codeset *set)
{
    bool is_told = false;
    for (size_t i = 0; i < why->files->count; i++) {
        const struct table_file *file = &why->files->list[i];
        struct loaded table;
        struct cte_error ignored = {0};
        if (strcmp(file->kind, "crosswalk") != 0 || !is_highest(why->files, file) ||
            load_table(why->tables, file, &table, &ignored) != CTE_OK)
            continue;
        const bool is_told_above =
            why->answers != NULL && strcmp(why->answers->identity.id, file->id) == 0;
        for (size_t m = 0; m < table.crosswalk->map_count; m++) {
            const struct crosswalk_map *map = &table.crosswalk->maps[m];
            if (!is_told_above)
                add_answers_of(why, map, table.identity, set, &is_told);
            add_sources_of(why, map, table.identity, set->identity.id, &is_told);
        }
    }
}

/* ---- versions ---- */

void add_versions(const struct why *why, const struct crosswalk_map *map)
{
    const struct table_identity *identity = &why->answers->identity;
    const char *later = identity->version;
    struct text then = {0};
    bool is_told = false;
    for (size_t i = why->files->count; i-- > 0;) {
        const struct table_file *file = &why->files->list[i];
        struct loaded table;
        struct cte_error ignored = {0};
        if (strcmp(file->kind, "crosswalk") != 0 || strcmp(file->id, identity->id) != 0 ||
            version_compare(file->version, later) >= 0 ||
            load_table(why->tables, file, &table, &ignored) != CTE_OK)
            continue;
        const struct crosswalk_map *old = map_of_set(table.crosswalk, map->from);
        const struct crosswalk_row *row = old != NULL ? why_row(why, old, why->code) : NULL;
        text_clear(&then);
        if (row != NULL)
            add_short_row(&then, old, row);
        else
            text_add(&then, "it had no row");
        if (!is_told)
            text_add(why->out, "\nEarlier versions:\n");
        is_told = true;
        text_format(why->out, "  %s@%s: %s.%s%s\n", file->id, file->version, text_string(&then),
                    row != NULL && row->why.basis[0] != '\0' ? " Why: " : "",
                    row != NULL ? row->why.basis : "");
    }
    if (!is_told)
        text_format(why->out, "\nEarlier versions: none of %s is here.\n", identity->id);
    text_free(&then);
}

/* ---- evidence ---- */

void add_evidence(const struct why *why, const struct codeset *set)
{
    char *id = cte_format("%s-evidence", set->identity.id);
    const struct codeset *evidence = NULL;
    struct cte_error ignored = {0};
    const struct code *row = NULL;
    if (tables_has_codeset(why->tables, id, &ignored) &&
        tables_codeset(why->tables, id, &evidence, &ignored) == CTE_OK)
        row = codeset_find(evidence, why->code, strlen(why->code));
    text_add(why->out, row != NULL ? "\nWhat speaks for and against it:\n"
                                   : "\nDoubts, and what others say: none is noted.\n");
    for (; row != NULL; row = row->same) {
        const char *kind = code_property(row, "kind"), *asks = code_property(row, "asks"),
                   *source = code_property(row, "source");
        text_format(why->out, "  %s: %s.%s%s%s\n", kind != NULL ? kind : "note", row->name,
                    asks != NULL ? " Asks for: " : "", asks != NULL ? asks : "",
                    asks != NULL ? "." : "");
        text_format(why->out, "    (%s%s%s)\n", basis_name(row->basis), source != NULL ? "; " : "",
                    source != NULL ? source : "");
    }
    free(id);
}
