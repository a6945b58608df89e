/* By which tables runs are reported: those that one of them kept, where it kept all that are needed
 * to name what was counted; else those of the folder of code tables, if they are the same. */
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/told.h"

/* Roll-ups say what was counted, code sets what it is called. */
static bool is_needed(const struct fact_table *table)
{
    return strcmp(table->kind, "rollups") == 0 || strcmp(table->kind, "codeset") == 0;
}

/* Whether it is the table of this kind, identifier and content. */
static bool is_table(const struct fact_table *table, const char *kind, const char *id,
                     const char *sha256)
{
    return strcmp(table->kind, kind) == 0 && strcmp(table->id, id) == 0 &&
           strcmp(table->sha256, sha256) == 0;
}

static bool has_kept(const struct told_run *run, const struct fact_table *wanted)
{
    for (size_t i = 0; i < run->table_count; i++) {
        if (is_table(&run->tables[i], wanted->kind, wanted->id, wanted->sha256))
            return true;
    }
    return false;
}

/* By which table of roll-ups the runs were counted. */
static void find_rollups(struct told *told)
{
    const struct fact_table *found = NULL;
    for (size_t i = 0; i < told->table_count; i++) {
        const struct fact_table *table = &told->tables[i].table;
        if (strcmp(table->kind, "rollups") != 0)
            continue;
        if (found != NULL && strcmp(found->id, table->id) != 0)
            cte_fail(&told->error, CTE_BAD_INPUT,
                     "the runs were counted by different rollups, %s and %s; report those of one "
                     "table together",
                     found->id, table->id);
        found = found != NULL ? found : table;
    }
    if (found != NULL)
        told->rollups = arena_format(&told->memory, "%s@%s", found->id, found->version);
}

int choose_tables(struct told *told)
{
    find_rollups(told);
    told->codetables = told->program->codetables;
    for (size_t r = 0; r < told->run_count && !told->program->codetables_given; r++) {
        bool has_all = told->runs[r].manifest.source_count > 0;
        for (size_t i = 0; i < told->table_count && has_all; i++)
            has_all = !is_needed(&told->tables[i].table) ||
                      has_kept(&told->runs[r], &told->tables[i].table);
        if (has_all) {
            told->codetables = arena_format(&told->memory, "%s/tables", told->runs[r].folder);
            break;
        }
    }
    return told->error.status;
}

int check_chosen(struct told *told, const struct tables *tables)
{
    for (size_t u = 0; u < tables->used_count; u++) {
        const struct table_identity *used = tables->used[u];
        bool is_known = false;
        for (size_t i = 0; i < told->table_count && !is_known; i++)
            is_known = is_table(&told->tables[i].table, used->kind, used->id, used->sha256);
        if (!is_known)
            return cte_fail(&told->error, CTE_BAD_INPUT,
                            "%s: its %s %s@%s is not the one that the runs were counted by; name "
                            "their folder of code tables by --codetables, or the tables/ of a run",
                            told->codetables, used->kind, used->id, used->version);
    }
    return CTE_OK;
}
