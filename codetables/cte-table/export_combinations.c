/* valid-code-combinations: each code of a map with what it becomes, year stretch by year stretch,
 * as a state publishes which codes may stand together.
 *
 * The map is the one of courses (the code set of a join of the rules), or the one that the setting
 * `map` names. A row that decides is a line. So is each condition, and each choice where the row
 * leaves something open: a record may come to hold any of them. Import reads the list back. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"
#include "codetables/cte-table/export_as.h"

struct combining {
    struct exporting *exporting;
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    char **properties; /* of the map's code set, which have a column each */
    size_t property_count;
    struct arena words;
    struct export_list list;
};

/* One answer to a code, and why. */
struct answer {
    const struct targets *to;
    const char *what;
    const struct crosswalk_why *why;
};

/* The join whose courses the map is about, or NULL. */
static const struct rule_join *join_of(const struct rules *rules, const struct crosswalk_map *map)
{
    for (size_t i = 0; i < rules->join_count; i++) {
        if (strcmp(rules->joins[i].code_set, map->from) == 0)
            return &rules->joins[i];
    }
    return NULL;
}

static int choose_map(struct combining *combining, const struct rules *rules,
                      struct cte_error *error)
{
    const struct crosswalk *crosswalk = combining->crosswalk;
    const char *id = plan_get(&combining->exporting->plan, "map");
    combining->map = id != NULL                  ? crosswalk_map(crosswalk, id)
                     : crosswalk->map_count == 1 ? &crosswalk->maps[0]
                                                 : NULL;
    for (size_t i = 0; i < crosswalk->map_count && id == NULL && combining->map == NULL; i++) {
        if (join_of(rules, &crosswalk->maps[i]) != NULL)
            combining->map = &crosswalk->maps[i];
    }
    if (combining->map == NULL)
        return cte_fail(error, CTE_USAGE, "%s: %s%s; say which map, as --set map=ID",
                        crosswalk->identity.path, id != NULL ? "there is no map " : "",
                        id != NULL ? id : "none of its maps is about courses");
    return CTE_OK;
}

static bool some_code_has(const struct codeset *set, const char *property)
{
    for (size_t i = 0; i < set->code_count; i++) {
        if (code_property(&set->codes[i], property) != NULL)
            return true;
    }
    return false;
}

/* The columns between the name of a code and its answers: what the plan names, or the properties
 * by which the rules look at courses. */
static int choose_properties(struct combining *combining, const struct rules *rules,
                             struct cte_error *error)
{
    const char *named = plan_get(&combining->exporting->plan, "properties");
    const struct rule_join *join = join_of(rules, combining->map);
    struct text text = {0};
    text_add(&text, named != NULL ? named : "");
    if (named == NULL && join != NULL) {
        text_add(&text, join->property);
        for (size_t i = join->prefer_count; i-- > 0;)
            text_join(&text, " ", join->prefer[i]);
    }
    combining->properties =
        split_words(&combining->words, text_string(&text), &combining->property_count);
    text_free(&text);
    for (size_t i = 0; i < combining->property_count && named != NULL; i++) {
        if (!some_code_has(combining->map->set, combining->properties[i]))
            return cte_fail(error, CTE_USAGE, "properties: no code of %s has a property %s",
                            combining->map->from, combining->properties[i]);
    }
    return CTE_OK;
}

static void put_headings(struct combining *combining)
{
    static const char *const before[] = {"code", "name"}, *const after[] = {"first",      "last",
                                                                            "status",     "answer",
                                                                            "confidence", "basis",
                                                                            "note"};
    struct export_list *list = &combining->list;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        list_heading(list, before[i]);
    for (size_t i = 0; i < combining->property_count; i++)
        list_heading(list, combining->properties[i]);
    for (size_t o = 0; o < combining->map->output_count; o++) {
        const char *id = combining->map->outputs[o].id;
        list_heading(list, id);
        list_heading(list, arena_take(&combining->words, cte_format("%s_name", id)));
    }
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        list_heading(list, after[i]);
}

static void put_line(struct combining *combining, const struct code *code, struct year_span years,
                     const struct answer *answer)
{
    struct export_list *list = &combining->list;
    list_cell(list, code->value);
    list_cell(list, code->name);
    for (size_t i = 0; i < combining->property_count; i++)
        list_cell(list, code_property(code, combining->properties[i]));
    for (size_t o = 0; o < combining->map->output_count; o++) {
        const char *to = answer->to->code[o];
        const struct codeset *set = combining->map->outputs[o].set;
        const struct code *target =
            to != NULL ? codeset_row(set, to, strlen(to), years.last) : NULL;
        list_cell(list, to);
        list_cell(list, target != NULL ? target->name : NULL);
    }
    list_year(list, years.first);
    list_year(list, years.last);
    list_cell(list, combining->crosswalk->identity.status);
    list_cell(list, answer->what);
    list_cell(list, answer->why->confidence);
    list_cell(list, answer->why->basis);
    list_cell(list, answer->why->note);
}

static bool leaves_open(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    if (row->kind == ROW_NONE || row->kind == ROW_SAME)
        return false;
    for (size_t o = 0; o < map->output_count; o++) {
        if (row->to.code[o] == NULL)
            return true;
    }
    return row->kind == ROW_UNDECIDED;
}

/* All that the row says of one row of its code. */
static void put_row(struct combining *combining, const struct crosswalk_row *row,
                    const struct code *code)
{
    const struct year_span years = common_years((struct year_span){row->first, row->last},
                                                (struct year_span){code->first, code->last});
    const int year = combining->exporting->year;
    if (years.first > years.last ||
        (year != YEAR_NONE && (year < years.first || year > years.last)))
        return;
    const bool open = leaves_open(combining->map, row);
    for (size_t i = 0; i < row->when_count; i++) {
        const struct crosswalk_when *when = &row->whens[i];
        const char *what = arena_take(&combining->words, cte_format("when %s", when->text));
        put_line(combining, code, years, &(struct answer){&when->to, what, &when->why});
    }
    if (row->kind != ROW_UNDECIDED || row->choice_count == 0)
        put_line(combining, code, years, &(struct answer){&row->to, row->kind_name, &row->why});
    for (size_t i = 0; i < row->choice_count && open; i++)
        put_line(combining, code, years,
                 &(struct answer){&row->choices[i].to, "choice", &row->choices[i].why});
}

int export_combinations(struct exporting *exporting, struct cte_error *error)
{
    struct combining combining = {.exporting = exporting, .crosswalk = exporting->table.crosswalk};
    const struct rules *rules;
    if (tables_rules(&exporting->tables, &rules, error) == CTE_OK &&
        choose_map(&combining, rules, error) == CTE_OK &&
        choose_properties(&combining, rules, error) == CTE_OK) {
        put_headings(&combining);
        const struct crosswalk_map *map = combining.map;
        for (size_t i = 0; i < map->row_count; i++) {
            const struct crosswalk_row *row = &map->rows[i];
            for (const struct code *code = codeset_find(map->set, row->code, row->length);
                 code != NULL; code = code->same)
                put_row(&combining, row, code);
        }
        if (plan_all_used(&exporting->plan, error) == CTE_OK)
            list_write(exporting, &combining.list, map->id, error);
        else
            list_free(&combining.list);
    }
    arena_free(&combining.words);
    return error->status;
}
