#include "codetables/model/crosswalk.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where what is read goes to, and what it is read from. */
struct loading {
    struct arena *arena;
    const char *path;
    struct cte_error *error;
};

static const char *const kind_names[] = {
    [ROW_SAME] = "same",           [ROW_RENAMED] = "renamed",
    [ROW_MOVED] = "moved",         [ROW_MERGED] = "merged",
    [ROW_SPLIT_ONE] = "split-one", [ROW_SPLIT_ALL] = "split-all",
    [ROW_RETIRED] = "retired",     [ROW_NEW] = "new",
    [ROW_NONE] = "none",           [ROW_UNDECIDED] = "undecided",
};

/* The unique number of a row, condition or choice; 0 for one that is too large to be told from
 * others. */
static unsigned row_number(xmlNodePtr node)
{
    char *text = attribute_or(node, "n", "0");
    unsigned long n = strtoul(text, NULL, 10);
    free(text);
    return n <= UINT_MAX ? (unsigned)n : 0;
}

static void load_targets(const struct loading *loading, xmlNodePtr node,
                         const struct crosswalk_map *map, struct targets *to)
{
    size_t count;
    if (!has_attribute(node, "to"))
        return;
    char **words = copy_words(loading->arena, node, "to", &count);
    if (count != map->output_count)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: row %u: `to` holds %zu codes, the map has %zu outputs", loading->path,
                 node_line(node), row_number(node), count, map->output_count);
    for (size_t i = 0; i < count && count == map->output_count; i++)
        to->code[i] = strcmp(words[i], "-") == 0 ? NULL : words[i];
}

/* "7133-7135 7210" becomes ranges; a single code is a range of one. */
static void load_ranges(const struct loading *loading, xmlNodePtr node, struct crosswalk_when *when)
{
    char **words = copy_words(loading->arena, node, "values", &when->range_count);
    when->text = arena_format(loading->arena, "%s in %s", when->field,
                              copy_attribute_or(loading->arena, node, "values", ""));
    when->ranges = arena_alloc(loading->arena, when->range_count * sizeof *when->ranges);
    for (size_t i = 0; i < when->range_count; i++) {
        char *dash = strchr(words[i], '-');
        if (dash != NULL)
            *dash = '\0';
        struct value_range *range = &when->ranges[i];
        range->first = words[i];
        range->last = dash != NULL ? dash + 1 : words[i];
        range->length = strlen(range->first);
        if (strlen(range->last) != range->length || strcmp(range->first, range->last) > 0)
            cte_fail(loading->error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: a range runs from a code to a later one of equal length",
                     loading->path, node_line(node), row_number(node));
    }
}

static struct crosswalk_why load_why(const struct loading *loading, xmlNodePtr node)
{
    return (struct crosswalk_why){copy_attribute_or(loading->arena, node, "confidence", ""),
                                  copy_attribute_or(loading->arena, node, "basis", ""),
                                  copy_attribute_or(loading->arena, node, "note", "")};
}

static void load_whens(const struct loading *loading, xmlNodePtr node,
                       const struct crosswalk_map *map, struct crosswalk_row *row)
{
    row->when_count = count_elements(node, "when");
    row->whens = arena_alloc(loading->arena, row->when_count * sizeof *row->whens);
    struct crosswalk_when *when = row->whens;
    for (xmlNodePtr w = first_element(node, "when"); w != NULL;
         w = next_element(w, "when"), when++) {
        when->n = row_number(w);
        when->line = node_line(w);
        when->why = load_why(loading, w);
        when->field = copy_attribute_or(loading->arena, w, "field", "");
        load_ranges(loading, w, when);
        load_targets(loading, w, map, &when->to);
    }
}

static void load_choices(const struct loading *loading, xmlNodePtr node,
                         const struct crosswalk_map *map, struct crosswalk_row *row)
{
    row->choice_count = count_elements(node, "choice");
    row->choices = arena_alloc(loading->arena, row->choice_count * sizeof *row->choices);
    struct crosswalk_choice *choice = row->choices;
    for (xmlNodePtr c = first_element(node, "choice"); c != NULL;
         c = next_element(c, "choice"), choice++) {
        choice->n = row_number(c);
        choice->line = node_line(c);
        choice->role = copy_attribute_or(loading->arena, c, "role", "");
        choice->why = load_why(loading, c);
        load_targets(loading, c, map, &choice->to);
    }
}

static void load_row(const struct loading *loading, xmlNodePtr node,
                     const struct crosswalk_map *map, struct crosswalk_row *row)
{
    row->n = row_number(node);
    row->line = node_line(node);
    row->code = copy_attribute_or(loading->arena, node, "code", "");
    row->length = (uint32_t)strlen(row->code);
    row->name = copy_attribute_or(loading->arena, node, "name", "");
    row->why = load_why(loading, node);
    row->first = attribute_year(node, "first", YEAR_FIRST);
    row->last = attribute_year(node, "last", YEAR_LAST);
    size_t k = 0;
    while (k < sizeof kind_names / sizeof *kind_names && !attribute_is(node, "kind", kind_names[k]))
        k++;
    if (k == sizeof kind_names / sizeof *kind_names) {
        cte_fail(loading->error, CTE_BAD_TABLE, "%s:%ld: row %u: unknown kind", loading->path,
                 row->line, row->n);
        return;
    }
    row->kind = (enum row_kind)k;
    row->kind_name = kind_names[k];
    load_targets(loading, node, map, &row->to);
    load_whens(loading, node, map, row);
    load_choices(loading, node, map, row);
}

static void load_rows(const struct loading *loading, xmlNodePtr node, struct crosswalk_map *map)
{
    map->row_count = count_elements(node, "row");
    map->rows = arena_alloc(loading->arena, map->row_count * sizeof *map->rows);
    struct crosswalk_row *row = map->rows;
    for (xmlNodePtr r = first_element(node, "row"); r != NULL; r = next_element(r, "row"), row++)
        load_row(loading, r, map, row);
    map->first_rows = arena_alloc(loading->arena, map->row_count * sizeof(struct crosswalk_row *));
    /* The last row of each code, so that many rows of one code are not walked again and again. */
    struct crosswalk_row **last = cte_zalloc(map->row_count, sizeof(struct crosswalk_row *));
    for (row = map->rows; row < map->rows + map->row_count; row++) {
        const size_t number = map_add(&map->codes, row->code, row->length);
        if (map->first_rows[number] == NULL)
            map->first_rows[number] = row;
        else
            last[number]->same = row;
        last[number] = row;
    }
    free(last);
}

static void load_outputs(const struct loading *loading, xmlNodePtr node, struct crosswalk_map *map)
{
    for (xmlNodePtr o = first_element(node, "output"); o != NULL; o = next_element(o, "output")) {
        if (map->output_count == CROSSWALK_MAX_OUTPUTS) {
            cte_fail(loading->error, CTE_BAD_TABLE, "%s:%ld: a map has at most %d outputs",
                     loading->path, node_line(o), CROSSWALK_MAX_OUTPUTS);
            break;
        }
        struct crosswalk_output *output = &map->outputs[map->output_count++];
        output->id = copy_attribute_or(loading->arena, o, "id", "");
        output->code_set = copy_attribute_or(loading->arena, o, "code-set", "");
    }
}

static void load_map(const struct loading *loading, xmlNodePtr node, struct crosswalk_map *map)
{
    map->line = node_line(node);
    map->notes = copy_texts(loading->arena, node, "note", &map->note_count);
    map->id = copy_attribute_or(loading->arena, node, "id", "");
    map->from = copy_attribute_or(loading->arena, node, "from", "");
    map->evidence = copy_attribute(loading->arena, node, "evidence");
    map->unlisted_passes = attribute_is(node, "unlisted", "pass");
    map->first = attribute_year(node, "first", YEAR_FIRST);
    map->last = attribute_year(node, "last", YEAR_LAST);
    load_outputs(loading, node, map);
    if (map->first == YEAR_NONE || map->last == YEAR_NONE || map->first > map->last)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: map %s: first and last are not academic years in order", loading->path,
                 map->line, map->id);
    for (size_t i = 0; i < map->output_count; i++) {
        if (crosswalk_output(map, map->outputs[i].id) != (int)i)
            cte_fail(loading->error, CTE_BAD_TABLE, "%s:%ld: map %s has output %s twice",
                     loading->path, map->line, map->id, map->outputs[i].id);
    }
    load_rows(loading, node, map);
}

int crosswalk_load(const char *path, const char *schema_path, struct crosswalk *crosswalk,
                   struct cte_error *error)
{
    *crosswalk = (struct crosswalk){0};
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &crosswalk->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    struct arena *arena = &crosswalk->identity.arena;
    const struct loading loading = {arena, path, error};
    xmlNodePtr root = xmlDocGetRootElement(doc);
    crosswalk->target_layout = copy_attribute(arena, root, "target-layout");
    crosswalk->map_count = count_elements(root, "map");
    crosswalk->maps = arena_alloc(arena, crosswalk->map_count * sizeof *crosswalk->maps);
    struct crosswalk_map *map = crosswalk->maps;
    for (xmlNodePtr m = first_element(root, "map"); m != NULL; m = next_element(m, "map"), map++)
        load_map(&loading, m, map);
    xmlFreeDoc(doc);
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        if (crosswalk_map(crosswalk, crosswalk->maps[i].id) != &crosswalk->maps[i])
            cte_fail(error, CTE_BAD_TABLE, "%s: map %s stands twice", path, crosswalk->maps[i].id);
    }
    return error->status;
}

void crosswalk_free(struct crosswalk *crosswalk)
{
    for (size_t i = 0; i < crosswalk->map_count; i++)
        map_free(&crosswalk->maps[i].codes);
    table_close(&crosswalk->identity);
    *crosswalk = (struct crosswalk){0};
}
