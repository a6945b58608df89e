/* check: are the tables sound, and do they make sense? All that is wrong is told, not the first of
 * it. */
#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "codetables/model/sound.h"
#include "codetables/cte-table/check.h"
#include "codetables/base/memory.h"

/* Keeps FILE:LINE: WHAT, once: the same is met again when a table is looked at from several others.
 */
static void keep(struct checking *checking, bool error, char *sentence)
{
    if (xmlDictExists(checking->told, (const xmlChar *)sentence, -1) != NULL) {
        free(sentence);
        return;
    }
    if (xmlDictLookup(checking->told, (const xmlChar *)sentence, -1) == NULL)
        cte_die("out of memory");
    const char *end = strstr(sentence, ": "), *place = end != NULL ? end : sentence;
    while (place > sentence && place[-1] >= '0' && place[-1] <= '9')
        place--;
    bool has_line = place > sentence && place < end && place[-1] == ':';
    if (checking->finding_count == checking->finding_room)
        checking->findings = cte_realloc(
            checking->findings, (checking->finding_room = checking->finding_room * 2 + 64) *
                                    sizeof *checking->findings);
    checking->findings[checking->finding_count] =
        (struct finding){sentence,
                         (size_t)((has_line      ? place - 1
                                   : end != NULL ? end
                                                 : sentence) -
                                  sentence),
                         has_line ? strtol(place, NULL, 10) : 0, checking->finding_count, error};
    checking->finding_count++;
    checking->errors += error;
    checking->warnings += !error;
}

static int compare_findings(const void *x, const void *y)
{
    const struct finding *a = x, *b = y;
    size_t shorter = a->place < b->place ? a->place : b->place;
    int order = memcmp(a->sentence, b->sentence, shorter);
    if (order == 0)
        order = (a->place > b->place) - (a->place < b->place);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static void tell(struct checking *checking, bool error, const char *path, long line, unsigned row,
                 const char *format, va_list args) __attribute__((format(printf, 6, 0)));

static void tell(struct checking *checking, bool error, const char *path, long line, unsigned row,
                 const char *format, va_list args)
{
    char place[32] = "", number[32] = "", *what = NULL;
    if (vasprintf(&what, format, args) < 0)
        cte_die("out of memory for a message");
    if (line > 0)
        snprintf(place, sizeof place, ":%ld", line);
    if (row > 0)
        snprintf(number, sizeof number, "row %u: ", row);
    keep(checking, error,
         cte_format("%s%s: %s%s%s", path, place, error ? "" : "warning: ", number, what));
    free(what);
}

void check_error(struct checking *checking, const char *path, long line, unsigned row,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(checking, true, path, line, row, format, args);
    va_end(args);
}

void check_warning(struct checking *checking, const char *path, long line, unsigned row,
                   const char *format, ...)
{
    va_list args;
    if (checking->quiet)
        return;
    va_start(args, format);
    tell(checking, false, path, line, row, format, args);
    va_end(args);
}

static void hear(void *context, const char *sentence)
{
    keep(context, true, cte_strdup(sentence));
}

static void hear_nothing(void *context, const char *sentence)
{
    (void)context, (void)sentence;
}

bool is_latest(const struct checking *checking, const struct checked *table)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct table_file *other = &checking->list[i].file;
        if (strcmp(other->kind, table->file.kind) == 0 && strcmp(other->id, table->file.id) == 0 &&
            version_compare(other->version, table->file.version) > 0)
            return false;
    }
    return true;
}

/* True when a later version says that it takes the place of this one, or of one that does: what is
 * doubtful is settled there. */
static bool is_superseded(const struct checking *checking, const struct checked *table)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct table_file *other = &checking->list[i].file;
        const char *version =
            table->file.version[0] != '\0' ? table->file.version : VERSION_OF_NONE;
        if (strcmp(other->kind, table->file.kind) == 0 && strcmp(other->id, table->file.id) == 0 &&
            other->supersedes[0] != '\0' && version_compare(other->supersedes, version) >= 0 &&
            version_compare(other->version, version) > 0)
            return true;
    }
    return false;
}

bool is_unsound(const struct checking *checking, const char *kind, const char *id)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct checked *table = &checking->list[i];
        if (table->failed && strcmp(table->file.kind, kind) == 0 &&
            (id == NULL || table->file.id[0] == '\0' || strcmp(table->file.id, id) == 0))
            return true;
    }
    return false;
}

static void add(struct checking *checking, struct table_file file, bool asked)
{
    checking->list = cte_realloc(checking->list, (checking->count + 1) * sizeof *checking->list);
    checking->list[checking->count++] = (struct checked){.file = file, .asked = asked};
}

/* All tables of the folder, and the files of the command line, which may be among them. */
static int collect(struct checking *checking, struct cte_error *error)
{
    const struct request *request = checking->request;
    struct table_file *files;
    size_t count;
    if (find_tables(checking->codetables, &files, &count, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < count; i++)
        add(checking, files[i], request->operand_count == 0);
    for (size_t o = 0; o < request->operand_count; o++) {
        struct table_file file;
        if (find_table(checking->codetables, request->operands[o], &file, error) != CTE_OK)
            return error->status;
        char place[PATH_MAX], other[PATH_MAX];
        bool found = false;
        for (size_t i = 0; i < checking->count && !found; i++) {
            found = realpath(file.path, place) != NULL &&
                    realpath(checking->list[i].file.path, other) != NULL &&
                    strcmp(place, other) == 0;
            if (found)
                checking->list[i].asked = true;
        }
        if (!found)
            add(checking, file, true);
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

/* Loads a table as every program does; what is wrong is told where the table is asked about. */
static void load(struct checking *checking, struct checked *table)
{
    struct cte_error error = {.hear = table->asked ? hear : hear_nothing, .context = checking};
    table->failed = load_table(&checking->tables, &table->file, &table->loaded, &error) != CTE_OK;
    if (table->failed && is_kind(table, "layout"))
        checking->tables.layouts_missing = true;
    if (table->failed)
        return;
    if (table->loaded.layout != NULL && is_latest(checking, table)) {
        struct layout *layout = &checking->tables.layouts[checking->tables.layout_count++];
        *layout = *table->loaded.layout;
        table->loaded.layout = layout;
    } else if (table->loaded.set != NULL && is_latest(checking, table)) {
        tables_take_codeset(&checking->tables, table->loaded.set);
    } else if (table->loaded.rules != NULL && is_latest(checking, table)) {
        checking->tables.rules = (struct rules *)(uintptr_t)table->loaded.rules;
    }
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
                load(checking, table);
        }
    }
}

static void judge(struct checking *checking, const struct checked *table)
{
    const struct loaded *loaded = &table->loaded;
    if (loaded->identity != NULL) {
        struct cte_error error = {.hear = hear, .context = checking};
        check_head(checking, table);
        released_unchanged(checking->codetables, &checking->tables.released, loaded->identity->path,
                           loaded->identity->sha256, &error);
    }
    struct cte_error error = {.hear = hear, .context = checking};
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
    if (loaded->crosswalk != NULL)
        check_crosswalk(checking, loaded->crosswalk);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

int command_check(const struct request *request)
{
    struct cte_error error = {0};
    struct checking checking = {
        .request = request, .codetables = request->program->codetables, .told = xmlDictCreate()};
    if (checking.told == NULL)
        cte_die("out of memory");
    if (collect(&checking, &error) != CTE_OK)
        return program_fail(request->program, &error);
    checking.tables.folder = cte_strdup(checking.codetables);
    checking.tables.layouts = cte_zalloc(checking.count, sizeof *checking.tables.layouts);
    struct cte_error recorded = {.hear = hear, .context = &checking};
    if (released_read(checking.codetables, &checking.tables.released, &recorded) == CTE_OK &&
        request->operand_count == 0)
        released_are_there(checking.codetables, &checking.tables.released, &recorded);
    size_t asked = 0;
    for (size_t i = 0; i < checking.count; i++)
        asked += checking.list[i].asked;
    make_room(&checking);
    load_all(&checking, asked);
    for (size_t i = 0; i < checking.count; i++) {
        const struct checked *table = &checking.list[i];
        checking.quiet = is_superseded(&checking, table) ||
                         (request->operand_count == 0 && !is_latest(&checking, table));
        if (table->asked)
            judge(&checking, table);
    }
    if (checking.finding_count > 1)
        qsort(checking.findings, checking.finding_count, sizeof *checking.findings,
              compare_findings);
    for (size_t i = 0; i < checking.finding_count; i++)
        puts(checking.findings[i].sentence);
    printf("%zu table%s: %zu error%s, %zu warning%s\n", asked, plural(asked), checking.errors,
           plural(checking.errors), checking.warnings, plural(checking.warnings));
    xmlDictFree(checking.told);
    return checking.errors > 0 ? CTE_BAD_TABLE : checking.warnings > 0 ? CTE_SOME_LEFT : CTE_OK;
}
