#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/kept_accounts.h"

#include "codetables/model/sound.h"
#include "pipeline/cte-run/unused.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "pipeline/run/run_folder.h"

/* Copies one file to FOLDER/NAME of the run and remembers it. `expected` is the hash it must have,
 * or NULL. */
static int copy_file(struct run *run, const char *from, const char *name, const char *expected)
{
    if (find_document(&run->documents, name) != NULL)
        return CTE_OK;
    FILE *file = file_stream(from);
    if (file == NULL)
        return file_fail(from, "cannot copy the table into the run", CTE_IO, &run->error);
    struct output output;
    char *folder = cte_format("%s/%s", run->place.folder, name), *slash = strrchr(folder, '/');
    *slash = '\0';
    int status = output_open(&output, folder, slash + 1, false, &run->error);
    char buffer[1 << 14];
    size_t got;
    while (status == CTE_OK && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        output_put(&output, buffer, got);
    if (status == CTE_OK && ferror(file))
        status = cte_fail(&run->error, CTE_IO, "%s: cannot read", from);
    fclose(file);
    if (status == CTE_OK && (status = output_close(&output, &run->error)) == CTE_OK)
        status = output_publish(&output, &run->error);
    if (status == CTE_OK && expected != NULL && strcmp(expected, output.sha256) != 0)
        status = cte_fail(&run->error, CTE_BAD_TABLE,
                          "%s: changed while the run was made; run it again", from);
    if (status == CTE_OK)
        keep_document(&run->documents, name, output.sha256);
    output_discard(&output);
    free(folder);
    return status;
}

bool is_schema_name(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".xsd") == 0;
}

static int copy_schemas(struct run *run)
{
    char *folder = cte_format("%s/schema", run->program->codetables), **names;
    size_t count;
    int status = CTE_OK;
    if (file_names(folder, is_schema_name, &names, &count) != 0)
        status = file_fail(folder, "cannot read the folder", CTE_IO, &run->error);
    for (size_t i = 0; i < count && status == CTE_OK; i++) {
        char *from = cte_format("%s/%s", folder, names[i]),
             *to = cte_format("tables/schema/%s", names[i]);
        status = copy_file(run, from, to, NULL);
        free(from);
        free(to);
    }
    file_free_names(names, count);
    free(folder);
    return status;
}

/* Adds a table to those that had a part in the run, unless it is among them. */
static void note_table(struct run *run, const struct used_table *table)
{
    for (size_t i = 0; i < run->results.used_count; i++) {
        const struct used_table *other = &run->results.used[i];
        if (strcmp(other->kind, table->kind) == 0 && strcmp(other->id, table->id) == 0 &&
            strcmp(other->version, table->version) == 0)
            return;
    }
    run->results.used =
        cte_realloc(run->results.used, (run->results.used_count + 1) * sizeof *run->results.used);
    struct used_table *used = &run->results.used[run->results.used_count++];
    struct arena *memory = &run->memory;
    *used = (struct used_table){
        .kind = arena_string(memory, table->kind),
        .id = arena_string(memory, table->id),
        .version = arena_string(memory, table->version),
        .status = arena_string(memory, table->status),
        .sha256 = arena_string(memory, table->sha256),
        .is_own = table->is_own,
        .file = arena_take(&run->memory, table_file(table->kind, table->id, table->version))};
}

static const char *const folders[] = {
    "tables",       "tables/layouts", "tables/codesets", "tables/crosswalks",
    "tables/rules", "tables/rollups", "tables/schema"};

static int make_folders(struct run *run)
{
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = cte_format("%s/%s", run->place.folder, folders[i]);
        int made = mkdir(path, 0700);
        free(path);
        if (made != 0 && errno != EEXIST)
            return cte_fail(&run->error, output_status(errno), "%s/%s: cannot make the folder: %s",
                            run->place.folder, folders[i], strerror(errno));
    }
    return CTE_OK;
}

/* Tells of each table of the run that was released under its name and version and is another now.
 */
static int tell_changed(struct run *run)
{
    struct released released;
    struct cte_error error = {0};
    const char *folder = run->program->codetables;
    const int status = released_read(folder, &released, &error);
    if (status == CTE_IO)
        cte_fail(&run->error, status, "%s", error.text);
    else if (status != CTE_OK)
        note_unused(run, "released-unread", "%s", error.text);
    for (size_t i = 0; i < run->results.used_count && run->error.status == CTE_OK; i++) {
        const struct used_table *used = &run->results.used[i];
        if (used->file == NULL)
            continue;
        char *path = cte_format("%s/%s", folder, used->file);
        error = (struct cte_error){0};
        if (released_unchanged(folder, &released, path, used->sha256, &error) != CTE_OK)
            note_unused(run, "table-changed", "%s", error.text);
        free(path);
    }
    released_free(&released);
    return run->error.status;
}

/* The files are on the disk; so must be their names. */
static int sync_folders(struct run *run)
{
    int status = CTE_OK;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && status == CTE_OK; i++) {
        char *path = cte_format("%s/%s", run->place.folder, folders[i]);
        status = sync_folder(path, &run->error);
        free(path);
    }
    return status;
}

int keep_tables(struct run *run, const struct tables *own)
{
    const struct account *joined = &run->accounts->joined;
    for (const struct fact_table *table = account_first(joined, FACT_TABLE); table != NULL;
         table = account_next(joined, FACT_TABLE, table))
        note_table(run, &(struct used_table){table->kind, table->id, table->version, table->status,
                                             table->sha256, false, NULL});
    for (size_t i = 0; i < own->used_count; i++) {
        const struct table_identity *table = own->used[i];
        note_table(run, &(struct used_table){table->kind, table->id, table->version, table->status,
                                             table->sha256, true, NULL});
    }
    for (size_t i = 0; i < run->results.index_table_count; i++)
        note_table(run, &run->results.index_tables[i]);
    int status = tell_changed(run);
    if (status == CTE_OK)
        status = make_folders(run);
    if (status == CTE_OK)
        status = copy_schemas(run);
    for (size_t i = 0; i < run->results.used_count && status == CTE_OK; i++) {
        const struct used_table *used = &run->results.used[i];
        if (used->file == NULL) {
            status = copy_file(run, run->policy.decisions, kept_decisions(used->id), used->sha256);
            continue;
        }
        char *from = cte_format("%s/%s", run->program->codetables, used->file),
             *to = cte_format("tables/%s", used->file);
        status = copy_file(run, from, to, used->sha256);
        free(from);
        free(to);
    }
    return status == CTE_OK ? sync_folders(run) : status;
}
