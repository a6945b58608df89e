/* The trust page of a code. */
#include <string.h>

#include "codetables/cte-table/why.h"

/* The highest versions of the crosswalks of the folder, one after another; NULL behind the last. */
static const struct crosswalk *next_crosswalk(const struct why *why, size_t *at)
{
    for (; *at < why->files->count; (*at)++) {
        const struct table_file *file = &why->files->list[*at];
        struct loaded table;
        struct cte_error ignored = {0};
        if (strcmp(file->kind, "crosswalk") == 0 && is_highest(why->files, file) &&
            load_table(why->tables, file, &table, &ignored) == CTE_OK) {
            (*at)++;
            return table.crosswalk;
        }
    }
    return NULL;
}

/* The map of a crosswalk that begins from the set, or NULL. */
static const struct crosswalk_map *map_from(const struct crosswalk *crosswalk,
                                            const struct codeset *set)
{
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        if (strcmp(crosswalk->maps[m].from, set->identity.id) == 0)
            return &crosswalk->maps[m];
    }
    return NULL;
}

/* The code sets that crosswalks begin from or lead to, and that have the code, each once. */
enum { MOST_SETS = 16 };

static void note_set(const struct why *why, const struct codeset *set,
                     const struct codeset *sets[MOST_SETS], size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        if (sets[i] == set)
            return;
    }
    if (*count < MOST_SETS && codeset_find(set, why->code, strlen(why->code)) != NULL)
        sets[(*count)++] = set;
}

static size_t find_sets(const struct why *why, const struct codeset *sets[MOST_SETS])
{
    size_t count = 0, at = 0;
    for (const struct crosswalk *c; (c = next_crosswalk(why, &at)) != NULL;) {
        for (size_t m = 0; m < c->map_count; m++) {
            note_set(why, c->maps[m].set, sets, &count);
            for (size_t o = 0; o < c->maps[m].output_count; o++)
                note_set(why, c->maps[m].outputs[o].set, sets, &count);
        }
    }
    return count;
}

/* The crosswalk that changes the code: the first by name whose row does more than keep it; else the
 * first that has a row; else NULL. */
static const struct crosswalk *find_answer(const struct why *why, const struct codeset *set)
{
    const struct crosswalk *keeps = NULL;
    size_t at = 0;
    for (const struct crosswalk *c; (c = next_crosswalk(why, &at)) != NULL;) {
        const struct crosswalk_map *map = map_from(c, set);
        const struct crosswalk_row *row = map != NULL ? why_row(why, map, why->code) : NULL;
        if (row != NULL && row->kind != ROW_SAME)
            return c;
        if (row != NULL && keeps == NULL)
            keeps = c;
    }
    return keeps;
}

/* What is told of every code: who has not said anything. */
static void add_unread(const struct why *why, const struct crosswalk_map *map)
{
    struct text *out = why->out;
    const struct crosswalk_row *row = why_row(why, map, why->code);
    text_add(out, "\nWhat nobody has read:\n");
    if (table_is_draft(&why->answers->identity))
        text_format(out,
                    "  No agency has published an answer: %s@%s is a draft, stated by %s. The row "
                    "names no person who decided it.\n",
                    why->answers->identity.id, why->answers->identity.version,
                    why->answers->identity.agency);
    for (size_t o = 0; row != NULL && o < map->output_count; o++) {
        const struct codeset *set = map->outputs[o].set;
        const char *to = row->to.code[o];
        const struct code *code = to != NULL ? codeset_find(set, to, strlen(to)) : NULL;
        if (code != NULL && !basis_may_refuse(code->basis))
            text_format(out, "  The code %s of %s was not read: it is %s.\n", to, code->name,
                        basis_name(code->basis));
        if (code != NULL && table_is_draft(&set->identity))
            text_format(out, "  %s@%s, the codes it goes to, is a draft: %s.\n", set->identity.id,
                        set->identity.version, set->identity.agency);
    }
    for (size_t i = 0; i < why->answers->identity.note_count; i++)
        text_format(out, "  %s\n", why->answers->identity.notes[i]);
}

/* The page of a code of one set. */
static int add_page(struct why *why, const struct codeset *set)
{
    const struct crosswalk_map *map = why->answers != NULL ? map_from(why->answers, set) : NULL;
    int status = CTE_OK;
    if (map != NULL)
        status = show_answer(why->out, why->tables, why->answers, why->code, why->year);
    else
        status = show_code(why->out, set, why->code, why->year);
    if (map != NULL)
        add_courses(why, map);
    add_others(why, set);
    add_evidence(why, set);
    if (map != NULL)
        add_versions(why, map);
    if (map != NULL)
        add_unread(why, map);
    return status;
}

static int add_all_pages(struct why *why)
{
    const struct codeset *sets[MOST_SETS];
    const size_t count = find_sets(why, sets);
    int worst = count > 0 ? CTE_OK : CTE_SOME_LEFT;
    if (count == 0)
        text_format(why->out, "%s is no code that a crosswalk begins from or leads to.\n",
                    why->code);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_add(why->out, "\n");
        why->answers = find_answer(why, sets[i]);
        const int status = add_page(why, sets[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static int add_named_page(struct why *why, const struct table_file *file, struct cte_error *error)
{
    struct loaded table;
    if (load_table(why->tables, file, &table, error) != CTE_OK)
        return error->status;
    if (table.set != NULL) {
        /* A code that is none has no page; a form and a set that nobody has read list no code. */
        if (codeset_find(table.set, why->code, strlen(why->code)) == NULL)
            return show_code(why->out, table.set, why->code, why->year);
        why->answers = find_answer(why, table.set);
        return add_page(why, table.set);
    }
    const struct crosswalk *crosswalk = why->answers = table.crosswalk;
    loaded_free(&table);
    for (size_t m = 0; crosswalk != NULL && m < crosswalk->map_count; m++) {
        const struct codeset *set = crosswalk->maps[m].set;
        if (codeset_find(set, why->code, strlen(why->code)) != NULL)
            return add_page(why, set);
    }
    if (crosswalk == NULL)
        return cte_fail(error, CTE_USAGE, "%s: --why takes a code of code sets and crosswalks",
                        file->path);
    return show_answer(why->out, why->tables, crosswalk, why->code, why->year);
}

int show_why(struct why *why, const struct table_file *file, struct cte_error *error)
{
    struct table_files files;
    if (find_tables(why->tables->folder, &files, error) != CTE_OK)
        return error->status;
    why->files = &files;
    const int status = file == NULL ? add_all_pages(why) : add_named_page(why, file, error);
    table_files_free(&files);
    why->files = NULL;
    return status;
}
