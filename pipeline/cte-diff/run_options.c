#include <stdlib.h>
#include <string.h>

#include "codetables/base/number.h"
#include "codetables/base/file.h"
#include "pipeline/run/manifest.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-diff/courses.h"
#include "pipeline/cte-diff/known_courses.h"
#include "codetables/base/memory.h"

/* Whether a table is what is looked for; a version of NULL is any. */
static bool is_table(const struct fact_table *table, const char *kind, const char *id,
                     const char *version)
{
    return strcmp(table->kind, kind) == 0 && strcmp(table->id, id) == 0 &&
           (version == NULL || strcmp(table->version, version) == 0);
}

const struct fact_table *find_run_table(const struct manifest *manifest, const char *kind,
                                        const char *id, const char *version)
{
    for (size_t i = 0; i < manifest->table_count; i++) {
        if (is_table(&manifest->tables[i], kind, id, version))
            return &manifest->tables[i];
    }
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct account *account = manifest->sources[i].account;
        for (const struct fact_table *table = account_first(account, FACT_TABLE); table != NULL;
             table = account_next(account, FACT_TABLE, table)) {
            if (is_table(table, kind, id, version))
                return table;
        }
    }
    return NULL;
}

/* The crosswalk of an option with the version that the run took, where the option says none: the
 * highest of today may be another. */
static char *with_version(struct arena *memory, const struct manifest *manifest,
                          const char *reference)
{
    const struct fact_table *table = strchr(reference, '@') == NULL
                                         ? find_run_table(manifest, "crosswalk", reference, NULL)
                                         : NULL;
    return table == NULL ? arena_string(memory, reference)
                         : arena_format(memory, "%s@%s", reference, table->version);
}

void add_extract(struct extracts *extracts, struct extract extract)
{
    extracts->list = cte_realloc(extracts->list, (extracts->count + 1) * sizeof *extracts->list);
    extracts->list[extracts->count++] = extract;
}

/* Whether a record type belongs to the courses of the joins, or (`asks`) is what they decide. */
static bool is_of_courses(const struct diff *diff, const char *type, bool asks)
{
    for (size_t j = 0; diff->courses != NULL && j < diff->courses->count; j++) {
        const struct rule_join *join = diff->courses->followed[j].join;
        if (asks ? strcmp(type, join->record) == 0
                 : strcmp(type, join->in) == 0 || strcmp(type, join->through) == 0)
            return true;
    }
    return false;
}

static bool holds_courses(const struct diff *diff, const struct manifest_source *source, bool asks)
{
    bool holds = false;
    for (const struct fact_field *field = account_first(source->account, FACT_FIELD);
         field != NULL && !holds; field = account_next(source->account, FACT_FIELD, field))
        holds = is_of_courses(diff, field->type, asks);
    return holds;
}

static const char *format_of(const struct manifest_source *source)
{
    return manifest_form(source)->format[0] != '\0' ? manifest_form(source)->format : "caret";
}

static bool is_windows_1252(const struct manifest_source *source)
{
    return strcmp(manifest_form(source)->encoding, "windows-1252") == 0;
}

/* The extract lies where the run read it; BEFORE may be one that lies elsewhere now. */
static void add_run_extract(struct diff *diff, const struct manifest_source *source, bool is_before,
                            struct extracts *extracts)
{
    struct arena *memory = &diff->memory;
    const char *path = arena_take(memory, path_from_shown(source->file));
    const char *there = access(path, R_OK) == 0 ? path : is_before ? diff->paths[0] : NULL;
    add_extract(extracts, (struct extract){.name = arena_string(memory, source->name),
                                           .path = there,
                                           .format = arena_string(memory, format_of(source)),
                                           .sha256 = arena_string(memory, manifest_sha256(source)),
                                           .windows_1252 = is_windows_1252(source)});
}

int list_run_extracts(struct diff *diff, struct extracts *extracts)
{
    struct manifest manifest;
    if (manifest_read(diff->account.folder, MANIFEST_WHOLE, &manifest, &diff->error) != CTE_OK)
        return diff->error.status;
    char *stem = source_stem(diff->paths[0]);
    bool asks = true;
    for (size_t i = 0; i < manifest.source_count; i++) {
        if (strcmp(manifest.sources[i].name, stem) == 0)
            asks = holds_courses(diff, &manifest.sources[i], true);
    }
    for (size_t i = 0; i < manifest.source_count && asks; i++) {
        const struct manifest_source *source = &manifest.sources[i];
        if (strcmp(source->status, "refused") != 0 && holds_courses(diff, source, false))
            add_run_extract(diff, source, strcmp(source->name, stem) == 0, extracts);
    }
    free(stem);
    manifest_free(&manifest);
    return CTE_OK;
}

/* How the run read the source of this name. Whether BEFORE is that source is seen by its hash. */
static void check_form(struct diff *diff, const struct manifest *manifest)
{
    struct reader_options *options = &diff->options[0];
    char *stem = source_stem(diff->paths[0]);
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct manifest_source *source = &manifest->sources[i];
        if (strcmp(source->name, stem) != 0)
            continue;
        if (options->format == NULL)
            options->format = arena_string(&diff->memory, format_of(source));
        options->windows_1252 = options->windows_1252 || is_windows_1252(source);
    }
    free(stem);
}

int read_run_options(struct diff *diff, struct option_list *crosswalks, const char **target,
                     const char **layout, const char **decisions)
{
    struct manifest manifest;
    if (manifest_read(diff->account.folder, MANIFEST_WHOLE, &manifest, &diff->error) != CTE_OK)
        return diff->error.status;
    const bool own_crosswalks = crosswalks->count > 0;
    for (size_t i = 0; i < manifest.option_count && !own_crosswalks; i++) {
        if (strcmp(manifest.options[i].name, "crosswalk") == 0)
            option_list_add(crosswalks,
                            with_version(&diff->memory, &manifest, manifest.options[i].value));
    }
    const char *const told[] = {manifest_option(&manifest, "target"),
                                manifest_option(&manifest, "layout"),
                                manifest_option(&manifest, "max-unpacked")};
    if (told[0] != NULL && *target == NULL)
        *target = arena_string(&diff->memory, told[0]);
    if (told[1] != NULL && *layout == NULL)
        *layout = arena_string(&diff->memory, told[1]);
    if (told[2] != NULL && diff->options[0].max_unpacked == 0 &&
        !read_positive(told[2], &diff->options[0].max_unpacked))
        cte_fail(&diff->error, CTE_BAD_INPUT,
                 "%s/manifest.xml: its option max-unpacked is no number of bytes",
                 diff->account.folder);
    check_form(diff, &manifest);
    manifest_free(&manifest);
    if (diff->error.status != CTE_OK)
        return diff->error.status;
    const char *kept = arena_format(&diff->memory, "%s/tables/decisions.csv", diff->account.folder);
    if (*decisions == NULL && file_is_there(kept, &diff->error))
        *decisions = kept;
    return diff->error.status;
}
