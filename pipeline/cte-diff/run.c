#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/digest.h"
#include "codetables/base/file.h"
#include "codetables/model/sound.h"
#include "pipeline/run/run_folder.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-diff/courses.h"
#include "pipeline/cte-diff/rows.h"
#include "codetables/base/memory.h"

void add_complaint(struct account *account, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    account->complaints = cte_realloc(account->complaints,
                                      (account->complaint_count + 1) * sizeof *account->complaints);
    account->complaints[account->complaint_count++] = text_shown(text, strlen(text));
}

/* A table that has the name of a released one must be that one. */
static void check_released(struct account *account, const char *path, const char *name,
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
static void check_kept(struct account *account, const char *path, const char *name,
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
    struct account *account = context;
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

static int compare_numbers(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

bool has_content(const struct contents *contents, uint64_t hash)
{
    return contents->count > 0 && bsearch(&hash, contents->hashes, contents->count,
                                          sizeof *contents->hashes, compare_numbers) != NULL;
}

/* The contents of a file of records that were not converted. */
static int take_contents(struct diff *diff, const char *path, bool loose, struct contents *contents)
{
    struct source *source;
    struct reader *reader;
    struct cte_error *error = &diff->error;
    struct reader_options options = diff->options[0];
    struct planned planned = {0};
    options.format = NULL;
    options.kinds = &planned.kinds;
    options.takes_any = true; /* they were rejected, all of them it may be */
    int status = open_records(diff, path, &options, &source, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        struct slice fields[STREAM_MAX_FIELDS];
        status = reader_next(reader, &item, error);
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
    close_records(source, reader);
    planned_free(&planned);
    return status;
}

bool is_named_merged(const struct account *account, uint64_t line)
{
    return account->merged_count > 0 && bsearch(&line, account->merged, account->merged_count,
                                                sizeof *account->merged, compare_numbers) != NULL;
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
static int take_merged(struct diff *diff)
{
    struct account *account = &diff->account;
    struct cte_error *error = &diff->error;
    const struct rules *rules;
    struct rows rows;
    if (account->merged_sum == 0)
        return CTE_OK;
    if (tables_rules(diff->tables, &rules, error) != CTE_OK)
        return error->status;
    char *path = cte_format("%s/%s.findings.csv", account->folder, account->source);
    if (open_rows(&rows, path, error) == CTE_OK) {
        for (struct row *row; (row = next_row(&rows, error)) != NULL; rows.at++) {
            if (is_merge_rule(rules, row->cells[CELL_RULE])) {
                if (account->merged_count == account->merged_room) {
                    account->merged_room =
                        account->merged_room == 0 ? 64 : account->merged_room * 2;
                    account->merged = cte_realloc(account->merged,
                                                  account->merged_room * sizeof *account->merged);
                }
                account->merged[account->merged_count++] = row->line;
            }
            free_row(row);
        }
        close_rows(&rows);
    }
    free(path);
    if (account->merged_count > 1)
        qsort(account->merged, account->merged_count, sizeof *account->merged, compare_numbers);
    return error->status;
}

static void check_counts(struct diff *diff, xmlNodePtr source)
{
    struct account *account = &diff->account;
    xmlNodePtr sums = first_element(source, "sums");
    unsigned long long read = sums != NULL ? attribute_count(sums, "read") : 0;
    unsigned long long put = 0;
    static const char *const places[] = {"written", "merged", "rejected", "held"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        put += sums != NULL ? attribute_count(sums, places[i]) : 0;
    account->merged_sum = sums != NULL ? attribute_count(sums, "merged") : 0;
    account->held_sum = sums != NULL ? attribute_count(sums, "held") : 0;
    account->rejected_sum = sums != NULL ? attribute_count(sums, "rejected") : 0;
    unsigned long long before = diff->files[0].count + diff->files[0].unreadable_count;
    if (read != put || read != before)
        add_complaint(
            account,
            "%s/manifest.xml: source %s: %llu records read and %llu accounted for, but the "
            "file holds %llu",
            account->folder, account->source, read, put, before);
}

/* A table of the run itself or of one of its sources; a version of NULL is any. NULL where there is
 * none. */
static xmlNodePtr find_table(xmlNodePtr place, const char *kind, const char *id,
                             const char *version)
{
    for (xmlNodePtr table = first_element(place, "table"); table != NULL;
         table = next_element(table, "table")) {
        if (attribute_is(table, "kind", kind) && attribute_is(table, "id", id) &&
            (version == NULL || attribute_is(table, "version", version)))
            return table;
    }
    xmlNodePtr found = NULL;
    for (xmlNodePtr source = first_element(place, "source"); source != NULL && found == NULL;
         source = next_element(source, "source"))
        found = find_table(source, kind, id, version);
    return found;
}

/* The crosswalk of an option with the version that the run took, where the option says none: the
 * highest of today may be another. To be freed, as `reference` was. */
static char *with_version(xmlNodePtr root, char *reference)
{
    xmlNodePtr table =
        strchr(reference, '@') == NULL ? find_table(root, "crosswalk", reference, NULL) : NULL;
    if (table == NULL)
        return reference;
    char *version = attribute_or(table, "version", ""),
         *whole = cte_format("%s@%s", reference, version);
    free(version);
    free(reference);
    return whole;
}

static bool holds_courses(const struct diff *diff, xmlNodePtr source, bool asks)
{
    bool holds = false;
    for (xmlNodePtr field = first_element(source, "field"); field != NULL && !holds;
         field = next_element(field, "field")) {
        char *type = attribute_or(field, "type", "");
        holds = is_of_courses(diff, type, asks);
        free(type);
    }
    return holds;
}

int list_run_extracts(struct diff *diff, struct extracts *extracts)
{
    xmlDocPtr doc = open_manifest(diff->account.folder, &diff->error);
    if (doc == NULL)
        return diff->error.status;
    char *stem = source_stem(diff->paths[0]);
    bool asks = true;
    xmlNodePtr first = first_element(xmlDocGetRootElement(doc), "source");
    for (xmlNodePtr source = first; source != NULL; source = next_element(source, "source")) {
        if (attribute_is(source, "name", stem))
            asks = holds_courses(diff, source, true);
    }
    for (xmlNodePtr source = first; source != NULL && asks;
         source = next_element(source, "source")) {
        if (attribute_is(source, "status", "refused") || !holds_courses(diff, source, false))
            continue;
        char *shown = attribute_or(source, "file", ""), *path = path_from_shown(shown);
        const char *there = access(path, R_OK) == 0              ? path
                            : attribute_is(source, "name", stem) ? diff->paths[0]
                                                                 : NULL;
        add_extract(extracts, (struct extract){.name = attribute_or(source, "name", ""),
                                               .path = there,
                                               .format = attribute_or(source, "format", "caret"),
                                               .sha256 = attribute_or(source, "sha256", ""),
                                               .windows_1252 = attribute_is(source, "encoding",
                                                                            "windows-1252")});
        free(shown);
        if (there != path)
            free(path);
    }
    free(stem);
    xmlFreeDoc(doc);
    return CTE_OK;
}

/* How the run read the source of this name. Whether BEFORE is that source is seen by its hash. */
static void check_form(struct diff *diff, xmlNodePtr root)
{
    struct reader_options *options = &diff->options[0];
    char *stem = source_stem(diff->paths[0]);
    for (xmlNodePtr source = first_element(root, "source"); source != NULL;
         source = next_element(source, "source")) {
        if (!attribute_is(source, "name", stem))
            continue;
        if (options->format == NULL)
            options->format = attribute_or(source, "format", "caret");
        options->windows_1252 =
            options->windows_1252 || attribute_is(source, "encoding", "windows-1252");
    }
    free(stem);
}

int read_run_options(struct diff *diff, struct option_list *crosswalks, const char **target,
                     const char **layout, const char **decisions)
{
    xmlDocPtr doc = open_manifest(diff->account.folder, &diff->error);
    if (doc == NULL)
        return diff->error.status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    bool own_crosswalks = crosswalks->count > 0;
    for (xmlNodePtr option = first_element(root, "option"); option != NULL;
         option = next_element(option, "option")) {
        char *name = attribute_or(option, "name", ""), *value = attribute_or(option, "value", "");
        if (strcmp(name, "crosswalk") == 0 && !own_crosswalks) {
            crosswalks->texts =
                cte_realloc(crosswalks->texts, (crosswalks->count + 1) * sizeof *crosswalks->texts);
            crosswalks->texts[crosswalks->count++] = with_version(root, value);
        }
        if (strcmp(name, "target") == 0 && *target == NULL)
            *target = value;
        if (strcmp(name, "layout") == 0 && *layout == NULL)
            *layout = value;
        if (strcmp(name, "max-unpacked") == 0 && diff->options[0].max_unpacked == 0 &&
            !take_byte_bound(value, &diff->options[0].max_unpacked))
            cte_fail(&diff->error, CTE_BAD_INPUT,
                     "%s/manifest.xml: its option max-unpacked is no number of bytes",
                     diff->account.folder);
        free(name);
    }
    check_form(diff, root);
    xmlFreeDoc(doc);
    if (diff->error.status != CTE_OK)
        return diff->error.status;
    char *kept = cte_format("%s/tables/decisions.csv", diff->account.folder);
    if (*decisions == NULL && file_is_there(kept, &diff->error))
        *decisions = kept;
    else
        free(kept);
    return diff->error.status;
}

/* A table that the comparison uses under the name of one of the run must be that one. */
static void check_table(struct diff *diff, xmlNodePtr root, const struct table_identity *used)
{
    xmlNodePtr table = find_table(root, used->kind, used->id, used->version);
    if (table != NULL && !attribute_is(table, "sha256", used->sha256))
        add_complaint(&diff->account,
                      "%s: is not the %s %s%s%s that the run used: its hash differs; --codetables "
                      "%s/tables takes those the run kept",
                      used->path, used->kind, used->id, used->version[0] != '\0' ? "@" : "",
                      used->version, diff->account.folder);
}

/* Each table that the manifest names is among those that the run kept. */
static void name_kept(struct account *account, xmlNodePtr root, xmlNodePtr place)
{
    for (xmlNodePtr table = first_element(place, "table"); table != NULL;
         table = next_element(table, "table")) {
        char *sha256 = attribute_or(table, "sha256", "");
        bool is_kept = false;
        for (size_t i = 0; i < account->kept_count; i++) {
            bool is_this = strcmp(account->kept[i].sha256, sha256) == 0;
            account->kept[i].is_named = account->kept[i].is_named || is_this;
            is_kept = is_kept || is_this;
        }
        char *kind = attribute_or(table, "kind", ""), *id = attribute_or(table, "id", ""),
             *version = attribute_or(table, "version", "");
        /* each source names it again */
        if (!is_kept && find_table(root, kind, id, version) == table)
            add_complaint(
                account,
                "%s/manifest.xml: %s %s%s%s is not among the tables that the run kept: none "
                "there has its hash",
                account->folder, kind, id, version[0] != '\0' ? "@" : "", version);
        free(kind);
        free(id);
        free(version);
        free(sha256);
    }
    for (xmlNodePtr source = first_element(place, "source"); source != NULL;
         source = next_element(source, "source"))
        name_kept(account, root, source);
}

static void check_tables(struct diff *diff, xmlNodePtr root)
{
    struct account *account = &diff->account;
    const size_t folder = strlen(diff->tables->folder);
    name_kept(account, root, root);
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
        check_table(diff, root, &diff->crosswalks[i]->identity);
    if (diff->target != NULL)
        check_table(diff, root, &diff->target->identity);
}

int read_account(struct diff *diff)
{
    struct account *account = &diff->account;
    struct cte_error *error = &diff->error;
    if (released_read(default_codetables(), &account->released, error) != CTE_OK)
        return error->status;
    if (!read_sums(account->folder, check_hash, account))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s/SHA256SUMS: is missing or not a list of a run's files",
                        account->folder);
    xmlDocPtr doc = open_manifest(account->folder, error);
    if (doc == NULL)
        return error->status;
    xmlNodePtr found = NULL;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    for (xmlNodePtr source = first_element(root, "source"); source != NULL && found == NULL;
         source = next_element(source, "source")) {
        char *hash = attribute_or(source, "sha256", "");
        if (strcmp(hash, diff->files[0].sha256) == 0)
            found = source;
        free(hash);
    }
    check_tables(diff, root);
    int status = CTE_OK;
    if (found == NULL) {
        status = cte_fail(error, CTE_BAD_INPUT,
                          "%s: is not a source of the run in %s: no source there has its hash",
                          diff->paths[0], account->folder);
    } else {
        account->source = attribute_or(found, "name", "");
        check_counts(diff, found);
    }
    for (xmlNodePtr file = found != NULL ? first_element(found, "file") : NULL;
         file != NULL && status == CTE_OK; file = next_element(file, "file")) {
        char *holds = attribute_or(file, "holds", ""), *name = attribute_or(file, "name", "");
        char *path = cte_format("%s/%s", account->folder, name);
        if (strcmp(holds, "held") == 0)
            status = take_contents(diff, path, false, &account->held);
        else if (strcmp(holds, "rejected") == 0)
            status = take_contents(diff, path, true, &account->rejected);
        free(path);
        free(holds);
        free(name);
    }
    xmlFreeDoc(doc);
    if (status == CTE_OK)
        status = take_merged(diff);
    if (status == CTE_OK) {
        char *path = cte_format("%s/%s.changes.csv", account->folder, account->source);
        status = check_changes(diff, path);
        free(path);
    }
    return status;
}
