#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/digest.h"
#include "codetables/base/file.h"
#include "codetables/model/sound.h"
#include "pipeline/run/manifest.h"
#include "pipeline/run/run_folder.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-diff/courses.h"
#include "pipeline/run/line_rows.h"
#include "pipeline/stream/look.h"
#include "codetables/base/memory.h"

/* A table that has the name of a released one must be that one. */
static void check_released(struct run_account *account, const char *path, const char *name,
                           const char *sha256)
{
    for (size_t i = 0; i < account->released.count; i++) {
        const struct released_table *table = &account->released.tables[i];
        if (strcmp(table->name, name) == 0 && strcmp(table->sha256, sha256) != 0)
            add_complaint(
                account,
                "%s: is not the table that was released under this name: its hash differs "
                "from that in %s",
                path, account->released.path);
    }
}

/* A table that the run kept must be one that the manifest names, and the released one where there
 * is one. */
static void check_kept(struct run_account *account, const char *path, const char *name,
                       const char *sha256)
{
    static const char schema[] = "schema/"; /* how tables are written; says nothing of any record */
    if (strncmp(name, schema, sizeof schema - 1) == 0)
        return;
    check_released(account, path, name, sha256);
    account->kept = cte_realloc(account->kept, (account->kept_count + 1) * sizeof *account->kept);
    account->kept[account->kept_count++] =
        (struct kept_table){cte_strdup(path), cte_strdup(sha256), false};
}

static void check_hash(const char *hash, const char *name, void *context)
{
    static const char tables[] = "tables/";
    struct run_account *account = context;
    char hex[65] = "", *path = cte_format("%s/%s", account->folder, name);
    account->files++;
    if (!digest_file(path, hex) || strcmp(hex, hash) != 0) {
        account->wrong++;
        char *shown = path_shown(path);
        add_complaint(account, "%s: %s", shown,
                      hex[0] == '\0' ? "cannot be read"
                                     : "is not what the run wrote: its hash differs");
        free(shown);
    }
    if (strncmp(name, tables, sizeof tables - 1) == 0)
        check_kept(account, path, name + sizeof tables - 1, hex);
    free(path);
}

/* The contents of a file of records that were not converted. */
static int take_contents(struct diff *diff, const char *path, bool loose, struct contents *contents)
{
    struct record_file file;
    struct cte_error *error = &diff->error;
    struct reader_options options = diff->options[0];
    struct planned planned = {0};
    options.format = NULL;
    options.kinds = &planned.kinds;
    options.takes_any = true; /* they were rejected, all of them it may be */
    int status = open_records(diff, path, &options, &file, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        struct slice fields[STREAM_MAX_FIELDS];
        status = reader_next(file.reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        if (record->kind == NULL)
            continue; /* it could not be read before either */
        GROW(contents->hashes, contents->count, contents->room);
        const struct diff_record one = {record->kind, find_plan(diff, &planned, record->kind),
                                        fields, split_fields(record, fields)};
        contents->hashes[contents->count++] = loose ? loose_hash(&one) : own_hash(&one);
    }
    if (contents->count > 1)
        qsort(contents->hashes, contents->count, sizeof *contents->hashes, compare_numbers);
    close_records(&file);
    planned_free(&planned);
    return status;
}

/* Whether a rule of the tables with this identifier is the one of merges. */
static bool is_merge_rule(const struct rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        if (strcmp(rules->rules[i].check, "merged") == 0 && strcmp(rules->rules[i].id, id) == 0)
            return true;
    }
    return false;
}

/* The lines that findings.csv names in a merge. */
static int take_merged(struct diff *diff, const struct manifest_source *source)
{
    struct run_account *account = &diff->account;
    struct cte_error *error = &diff->error;
    const struct rules *rules;
    if (account->merged_sum == 0)
        return CTE_OK;
    if (tables_rules(diff->tables, &rules, error) != CTE_OK)
        return error->status;
    const struct fact_file *file = account_file(source->account, "findings");
    char *path = cte_format("%s/%s", account->folder, file != NULL ? file->name : "");
    struct row_reader *reader = NULL;
    if (file != NULL && file_is_there(path, error) &&
        open_rows(path, path, FINDINGS_HEADER, &reader, error) == CTE_OK) {
        for (const struct line_row *row; (row = next_row(reader, error)) != NULL;) {
            if (!is_merge_rule(rules, row->rest->cells[0]))
                continue;
            GROW(account->merged, account->merged_count, account->merged_room);
            account->merged[account->merged_count++] = row->line;
        }
    }
    close_rows(reader);
    free(path);
    if (account->merged_count > 1)
        qsort(account->merged, account->merged_count, sizeof *account->merged, compare_numbers);
    return error->status;
}

static void check_counts(struct diff *diff, const struct manifest_source *source)
{
    static const struct fact_sums nothing; /* of a source that was refused */
    struct run_account *account = &diff->account;
    const struct fact_sums *told = account_first(source->account, FACT_SUMS),
                           *sums = told != NULL ? told : &nothing;
    const uint64_t put = sums->written + sums->merged + sums->rejected + sums->held,
                   before = diff->files[0].count + diff->files[0].unreadable_count;
    account->merged_sum = sums->merged;
    account->held_sum = sums->held;
    account->rejected_sum = sums->rejected;
    if (sums->read != put || sums->read != before)
        add_complaint(account,
                      "%s/manifest.xml: source %s: %" PRIu64 " records read and %" PRIu64
                      " accounted for, but the file holds %" PRIu64,
                      account->folder, account->source, sums->read, put, before);
}

/* A table that the comparison uses under the name of one of the run must be that one. */
static void check_table(struct diff *diff, const struct manifest *manifest,
                        const struct table_identity *used)
{
    const struct fact_table *table = find_run_table(manifest, used->kind, used->id, used->version);
    if (table != NULL && strcmp(table->sha256, used->sha256) != 0)
        add_complaint(&diff->account,
                      "%s: is not the %s %s%s%s that the run used: its hash differs; --codetables "
                      "%s/tables takes those the run kept",
                      used->path, used->kind, used->id, used->version[0] != '\0' ? "@" : "",
                      used->version, diff->account.folder);
}

/* A table that the manifest names is among those that the run kept. */
static void name_kept(struct run_account *account, const struct manifest *manifest,
                      const struct fact_table *table)
{
    bool is_kept = false;
    for (size_t i = 0; i < account->kept_count; i++) {
        const bool is_this = strcmp(account->kept[i].sha256, table->sha256) == 0;
        account->kept[i].is_named = account->kept[i].is_named || is_this;
        is_kept = is_kept || is_this;
    }
    /* each source names it again */
    if (!is_kept && find_run_table(manifest, table->kind, table->id, table->version) == table)
        add_complaint(account,
                      "%s/manifest.xml: %s %s%s%s is not among the tables that the run kept: none "
                      "there has its hash",
                      account->folder, table->kind, table->id, table->version[0] != '\0' ? "@" : "",
                      table->version);
}

static void name_all_kept(struct run_account *account, const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->table_count; i++)
        name_kept(account, manifest, &manifest->tables[i]);
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct account *told = manifest->sources[i].account;
        for (const struct fact_table *table = account_first(told, FACT_TABLE); table != NULL;
             table = account_next(told, FACT_TABLE, table))
            name_kept(account, manifest, table);
    }
}

static void check_tables(struct diff *diff, const struct manifest *manifest)
{
    struct run_account *account = &diff->account;
    const size_t folder = strlen(diff->tables->folder);
    name_all_kept(account, manifest);
    for (size_t i = 0; i < account->kept_count; i++) {
        if (!account->kept[i].is_named)
            add_complaint(account,
                          "%s: is no table that the manifest names: none there has its hash",
                          account->kept[i].path);
    }
    for (size_t i = 0; i < diff->tables->used_count; i++) {
        const struct table_identity *used = diff->tables->used[i];
        if (strncmp(used->path, diff->tables->folder, folder) == 0 && used->path[folder] == '/')
            check_released(account, used->path, used->path + folder + 1, used->sha256);
    }
    for (size_t i = 0; i < diff->crosswalk_count; i++)
        check_table(diff, manifest, &diff->crosswalks[i]->identity);
    if (diff->target != NULL)
        check_table(diff, manifest, &diff->target->identity);
}

/* The source of the run that BEFORE is, by its hash; NULL: none. */
static const struct manifest_source *find_source(const struct diff *diff,
                                                 const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->source_count; i++) {
        if (strcmp(manifest_sha256(&manifest->sources[i]), diff->files[0].sha256) == 0)
            return &manifest->sources[i];
    }
    return NULL;
}

/* What the run held and rejected of the source. */
static int take_files(struct diff *diff, const struct manifest_source *source)
{
    struct run_account *account = &diff->account;
    int status = CTE_OK;
    for (const struct fact_file *file = account_first(source->account, FACT_FILE);
         file != NULL && status == CTE_OK; file = account_next(source->account, FACT_FILE, file)) {
        char *path = cte_format("%s/%s", account->folder, file->name);
        if (strcmp(file->holds, "held") == 0)
            status = take_contents(diff, path, false, &account->held);
        else if (strcmp(file->holds, "rejected") == 0)
            status = take_contents(diff, path, true, &account->rejected);
        free(path);
    }
    return status;
}

/* The file of the changes of the source, or what it would be called if it had any. To be freed. */
static char *name_changes(const struct manifest_source *source)
{
    const struct fact_file *file = account_file(source->account, "changes");
    return file != NULL ? cte_strdup(file->name) : cte_format("%s.changes.csv", source->name);
}

int read_account(struct diff *diff)
{
    struct run_account *account = &diff->account;
    struct cte_error *error = &diff->error;
    if (released_read(default_codetables(), &account->released, error) != CTE_OK)
        return error->status;
    if (read_sums(account->folder, check_hash, account, error) != CTE_OK)
        return error->status;
    struct manifest manifest;
    if (manifest_read(account->folder, MANIFEST_WHOLE, &manifest, error) != CTE_OK)
        return error->status;
    const struct manifest_source *found = find_source(diff, &manifest);
    check_tables(diff, &manifest);
    int status = CTE_OK;
    if (found == NULL) {
        status = cte_fail(error, CTE_BAD_INPUT,
                          "%s: is not a source of the run in %s: no source there has its hash",
                          diff->paths[0], account->folder);
    } else {
        account->source = cte_strdup(found->name);
        check_counts(diff, found);
        account->changes = name_changes(found);
        status = take_files(diff, found);
        if (status == CTE_OK)
            status = take_merged(diff, found);
    }
    manifest_free(&manifest);
    return status == CTE_OK ? check_changes(diff) : status;
}
