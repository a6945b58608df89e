/* check: are the tables sound, and do they make sense? All that is wrong is told, not the first of
 * it. */
#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "codetables/model/sound.h"
#include "codetables/cte-table/check.h"
#include "codetables/base/memory.h"

static void ignore_sentence(void *context, const char *sentence)
{
    (void)context, (void)sentence;
}

static void add_table(struct checking *checking, struct table_file file, bool asked)
{
    GROW(checking->list, checking->count, checking->room);
    checking->list[checking->count++] = (struct checked){.file = file, .asked = asked};
}

/* Marks the table that is this file, whatever path names it. False where none is. */
static bool mark_asked(struct checking *checking, const char *path)
{
    char place[PATH_MAX], other[PATH_MAX];
    for (size_t i = 0; i < checking->count; i++) {
        if (realpath(path, place) != NULL && realpath(checking->list[i].file.path, other) != NULL &&
            strcmp(place, other) == 0) {
            checking->list[i].asked = true;
            return true;
        }
    }
    return false;
}

/* All tables of the folder, and the files of the command line, which may be among them. */
static int list_tables(struct checking *checking, struct cte_error *error)
{
    const struct request *request = checking->request;
    struct table_files files;
    if (find_tables(checking->codetables, &files, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < files.count; i++)
        add_table(checking, files.list[i], request->operand_count == 0);
    free(files.list); /* the tables have gone into the list */
    for (size_t o = 0; o < request->operand_count; o++) {
        struct table_file file;
        int status = find_table(checking->codetables, request->operands[o], &file, error);
        if (status == CTE_OK && !mark_asked(checking, file.path))
            add_table(checking, file, true);
        else
            table_file_free(&file);
        if (status != CTE_OK)
            return status;
    }
    return CTE_OK;
}

/* A large table becomes a million small pieces of memory. Taken from one stretch that the kernel
 * may give in large pages, they cost half the time; where it gives none, nothing is lost. */
static void make_room(const struct checking *checking)
{
    enum { PIECES = 24, WORTH_IT = 1 << 20, MOST = 1 << 30, LARGE_PAGE = 1 << 21 };
    size_t size = 0;
    for (size_t i = 0; i < checking->count; i++) {
        struct stat about;
        if (checking->list[i].asked && stat(checking->list[i].file.path, &about) == 0 &&
            about.st_size > 0)
            size += (size_t)about.st_size;
    }
    size = size > MOST / PIECES ? MOST : size * PIECES;
    if (size < WORTH_IT * PIECES)
        return;
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    char *room = malloc(size);
    if (room == NULL)
        return;
    uintptr_t begin = ((uintptr_t)room + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
    madvise((void *)begin, ((uintptr_t)room + size - begin) & ~(uintptr_t)(LARGE_PAGE - 1),
            MADV_HUGEPAGE);
    free(room);
}

static bool is_kind(const struct checked *table, const char *kind)
{
    return strcmp(table->file.kind, kind) == 0;
}

/* Loads a table as every program does; what is wrong is reported where the table is asked about. Of
 * each kind the tables keep the highest version, by which others are judged. */
static void load_checked(struct checking *checking, struct checked *table)
{
    struct tables *tables = &checking->tables;
    struct cte_error error = {.on_problem = table->asked ? report_sentence : ignore_sentence,
                              .context = &checking->findings};
    table->failed = load_table(tables, &table->file, &table->loaded, &error) != CTE_OK;
    if (table->failed && is_kind(table, "layout"))
        tables->layouts_missing = true;
    if (table->failed || !is_latest(checking, table))
        return;
    if (table->loaded.layout != NULL)
        tables->layouts[tables->layout_count++] = *table->loaded.layout;
    else if (table->loaded.set != NULL)
        tables_take_codeset(tables, table->loaded.set);
    else if (table->loaded.rules != NULL)
        tables->rules = table->loaded.rules;
}

/* Layouts first, since rules and crosswalks name fields; then code sets, which crosswalks name. A
 * table that nobody asked about is loaded only where others hang on it: code sets load themselves
 * when they are named. */
static void load_all(struct checking *checking, size_t asked)
{
    static const char *const order[] = {"layout", "codeset", "rules", "crosswalk"};
    enum { ORDERS = sizeof order / sizeof *order };
    for (size_t k = 0; k <= ORDERS; k++) {
        for (size_t i = 0; i < checking->count; i++) {
            struct checked *table = &checking->list[i];
            bool listed = false;
            for (size_t j = 0; j < ORDERS; j++)
                listed = listed || is_kind(table, order[j]);
            if (k < ORDERS ? !is_kind(table, order[k]) : listed)
                continue;
            bool needed = is_kind(table, "layout") ||
                          (is_latest(checking, table) && asked > 0 &&
                           (is_kind(table, "rules") || is_kind(table, "crosswalk")));
            if (table->asked || needed)
                load_checked(checking, table);
        }
    }
}

static void judge_table(struct checking *checking, const struct checked *table)
{
    const struct loaded *loaded = &table->loaded;
    if (loaded->identity != NULL) {
        struct cte_error error = {.on_problem = report_sentence, .context = &checking->findings};
        check_head(checking, table);
        released_unchanged(checking->codetables, &checking->tables.released, loaded->identity->path,
                           loaded->identity->sha256, &error);
    }
    struct cte_error error = {.on_problem = report_sentence, .context = &checking->findings};
    if (loaded->layout != NULL) {
        sound_layout(&checking->tables, loaded->layout, &error);
        check_layout(checking, loaded->layout);
    }
    const struct codeset *related;
    if (loaded->set != NULL && loaded->set->related != NULL &&
        !is_unsound(checking, "codeset", loaded->set->related))
        sound_related(&checking->tables, loaded->set, &related, &error);
    if (loaded->rules != NULL)
        check_rules(checking, loaded->rules);
    if (loaded->rollups != NULL)
        check_rollups(checking, loaded->rollups);
    if (loaded->crosswalk != NULL)
        check_crosswalk(checking, loaded->crosswalk);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* Lists the tables, and reads which of them were released. */
static int start_check(struct checking *checking, struct cte_error *error)
{
    struct tables *tables = &checking->tables;
    struct cte_error recorded = {.on_problem = report_sentence, .context = &checking->findings};
    if (list_tables(checking, error) != CTE_OK)
        return error->status;
    tables->folder = cte_strdup(checking->codetables);
    tables->layouts = cte_zalloc(checking->count, sizeof *tables->layouts);
    if (released_read(checking->codetables, &tables->released, &recorded) == CTE_OK &&
        checking->request->operand_count == 0)
        released_are_there(checking->codetables, &tables->released, &recorded);
    return CTE_OK;
}

/* The tables only borrow the layouts and rules that were loaded here. */
static void end_check(struct checking *checking)
{
    for (size_t i = 0; i < checking->count; i++) {
        loaded_free(&checking->list[i].loaded);
        table_file_free(&checking->list[i].file);
    }
    for (size_t i = 0; i < checking->sorted_count; i++)
        free(checking->sorted[i].codes);
    free(checking->list);
    free(checking->sorted);
    checking->tables.layout_count = 0;
    checking->tables.rules = NULL;
    tables_free(&checking->tables);
    findings_free(&checking->findings);
}

/* Judges the tables that are asked about, prints what is wrong, and returns the exit status. */
static int check_tables(struct checking *checking)
{
    const struct findings *findings = &checking->findings;
    size_t asked = 0;
    for (size_t i = 0; i < checking->count; i++)
        asked += checking->list[i].asked;
    make_room(checking);
    load_all(checking, asked);
    for (size_t i = 0; i < checking->count; i++) {
        const struct checked *table = &checking->list[i];
        checking->findings.ignores_warnings =
            is_superseded(checking, table) ||
            (checking->request->operand_count == 0 && !is_latest(checking, table));
        if (table->asked)
            judge_table(checking, table);
    }
    print_findings(&checking->findings);
    printf("%zu table%s: %zu error%s, %zu warning%s\n", asked, plural(asked), findings->errors,
           plural(findings->errors), findings->warnings, plural(findings->warnings));
    return findings->errors > 0 ? CTE_BAD_TABLE : findings->warnings > 0 ? CTE_SOME_LEFT : CTE_OK;
}

int command_check(const struct request *request)
{
    struct cte_error error = {0};
    struct checking checking = {.request = request, .codetables = request->program->codetables};
    int status = start_check(&checking, &error) == CTE_OK ? check_tables(&checking)
                                                          : program_fail(request->program, &error);
    end_check(&checking);
    return status;
}
