#include "pipeline/cte-report/check_runs.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

static int refuse(struct told *told, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(struct told *told, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[1800]; /* a sentence; cte_fail() would cut it too */
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return cte_fail(&told->error, CTE_BAD_INPUT, "%s; nothing is made", text);
}

/* ---- each run ---- */

struct wanted_sum {
    const char *sha256;
    bool is_found;
};

static void take_sum(const char *hash, const char *name, void *context)
{
    struct wanted_sum *wanted = context;
    wanted->is_found = wanted->is_found ||
                       (strcmp(name, "manifest.xml") == 0 && strcmp(hash, wanted->sha256) == 0);
}

/* It was finished, and its manifest is that of then. */
static int check_whole(struct told *told, const struct told_run *run)
{
    struct wanted_sum wanted = {run->sha256, false};
    struct cte_error error = {0};
    const int status = read_sums(run->folder, take_sum, &wanted, &error);
    if (status != CTE_OK && status != CTE_BAD_INPUT)
        return cte_fail(&told->error, status, "%s", error.text);
    return status == CTE_OK && wanted.is_found
               ? CTE_OK
               : refuse(told,
                        "%s: SHA256SUMS is missing, or does not have manifest.xml as it is; "
                        "cte-run --verify says more",
                        run->shown);
}

static int check_once(struct told *told)
{
    struct map manifests = {0};
    size_t *runs = cte_alloc((told->run_count + 1) * sizeof *runs);
    for (size_t i = 0; i < told->run_count && told->error.status == CTE_OK; i++) {
        const size_t known = manifests.count,
                     number = map_add_string(&manifests, told->runs[i].sha256);
        if (number < known)
            refuse(told, "%s and %s are one run: name it once", told->runs[runs[number]].shown,
                   told->runs[i].shown);
        else
            runs[number] = i;
    }
    free(runs);
    map_free(&manifests);
    return told->error.status;
}

/* ---- no record twice ---- */

/* The run that has it already; SIZE_MAX: it is this one's now. */
static size_t find_owner(struct owners *owners, const struct text *key, size_t run)
{
    const size_t known = owners->keys.count,
                 number = map_add(&owners->keys, key->bytes, key->length);
    if (number == known) {
        GROW(owners->runs, known, owners->room);
        owners->runs[number] = run;
    }
    return owners->runs[number] == run ? SIZE_MAX : owners->runs[number];
}

static void check_school(struct told *told, size_t run, const struct fact_school *school)
{
    const bool by_lea = told->telling == TELLS_SHARDS;
    struct text key = {0};
    text_add_part(&key, school->lea);
    if (!by_lea)
        text_format(&key, "%s^%s", school->type, school->year);
    const size_t other = find_owner(&told->owners, &key, run);
    text_free(&key);
    if (other == SIZE_MAX)
        return;
    const char *runs[2] = {told->runs[other].shown, told->runs[run].shown};
    if (by_lea)
        refuse(told,
               "LEA %s is in two shards: %s and %s; sources whose path tells no LEA need lea= in "
               "the job",
               school->lea, runs[0], runs[1]);
    else
        refuse(told,
               "%s of LEA %s, %s, is in %s and in %s, and would be counted twice: leave one out",
               school->type, school->lea, school->year, runs[0], runs[1]);
}

void check_owners(struct told *told, size_t run, const struct account *account)
{
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL);
         school != NULL && told->error.status == CTE_OK;
         school = account_next(account, FACT_SCHOOL, school)) {
        if (school->lea[0] != '\0')
            check_school(told, run, school);
    }
}

int check_runs(struct told *told)
{
    for (size_t i = 0; i < told->run_count && told->error.status == CTE_OK; i++)
        check_whole(told, &told->runs[i]);
    return told->error.status == CTE_OK ? check_once(told) : told->error.status;
}

/* ---- shards ---- */

static struct shard_number number_of(const struct told_run *run)
{
    struct shard_number shard = {0, 0};
    const char *text = manifest_option(&run->manifest, "shard");
    if (text == NULL || !read_shard(text, &shard))
        shard = (struct shard_number){0, 0};
    return shard;
}

static int compare_numbers(const void *x, const void *y)
{
    const unsigned a = number_of(x).number, b = number_of(y).number;
    return (a > b) - (a < b);
}

/* Sorts them; each number is to be there once. */
static int check_numbers(struct told *told)
{
    struct text missing = {0};
    const unsigned count = number_of(&told->runs[0]).count;
    for (size_t i = 0; i < told->run_count; i++) {
        const struct shard_number shard = number_of(&told->runs[i]);
        if (shard.number == 0)
            return refuse(told, "%s: is no shard: it was converted without --shard",
                          told->runs[i].shown);
        if (shard.count != count)
            return refuse(told, "%s is one of %u shards, and %s one of %u", told->runs[0].shown,
                          count, told->runs[i].shown, shard.count);
    }
    qsort(told->runs, told->run_count, sizeof *told->runs, compare_numbers);
    unsigned next = 1;
    for (size_t i = 0; i < told->run_count; i++, next++) {
        const unsigned number = number_of(&told->runs[i]).number;
        if (i > 0 && number == next - 1) {
            text_free(&missing);
            return refuse(told, "shard %u is there twice: %s and %s", number,
                          told->runs[i - 1].shown, told->runs[i].shown);
        }
        for (; next < number; next++)
            text_format(&missing, " %u", next);
    }
    for (; next <= count; next++)
        text_format(&missing, " %u", next);
    if (missing.length > 0)
        refuse(told, "shards are missing:%s (of %u)", text_string(&missing), count);
    text_free(&missing);
    return told->error.status;
}

/* The options of a run that decide what it makes, as one text. Which shard it is, and where files
 * of its own lie, differs; what these files say stands among the tables. To be freed. */
static char *list_options(const struct manifest *manifest)
{
    struct text all = {0};
    for (size_t i = 0; i < manifest->option_count; i++) {
        const struct policy_option *option = policy_find(manifest->options[i].name);
        if (option == NULL || (option->kind != POLICY_PATH && option->kind != POLICY_FILE &&
                               option->values != VALUES_SHARD))
            text_format(&all, " %s=%s", manifest->options[i].name, manifest->options[i].value);
    }
    return text_take(&all);
}

/* The name of a program that was not the same in both runs; NULL: each was, or nobody knows. */
static const char *find_other_program(const struct manifest *a, const struct manifest *b)
{
    for (size_t i = 0; i < a->binary_count; i++) {
        for (size_t j = 0; j < b->binary_count; j++) {
            if (a->binaries[i].name[0] != '\0' &&
                strcmp(a->binaries[i].name, b->binaries[j].name) == 0 &&
                strcmp(a->binaries[i].sha256, b->binaries[j].sha256) != 0)
                return a->binaries[i].name;
        }
    }
    return NULL;
}

static int check_job(struct told *told, const struct told_run *run)
{
    const struct told_run *first = &told->runs[0];
    const struct manifest *a = &first->manifest, *b = &run->manifest;
    char *options[2] = {list_options(a), list_options(b)};
    const char *program = find_other_program(a, b);
    if (strcmp(a->version, b->version) != 0)
        refuse(told, "%s was made by version %s of the program, %s by version %s", first->shown,
               a->version, run->shown, b->version);
    else if (program != NULL)
        refuse(told, "%s and %s were made by different programs: their %s is not the same file",
               first->shown, run->shown, program);
    else if (a->all_sources.sha256 == NULL || b->all_sources.sha256 == NULL ||
             a->all_sources.count != b->all_sources.count ||
             strcmp(a->all_sources.sha256, b->all_sources.sha256) != 0)
        refuse(told,
               "%s and %s are of different jobs: one has %" PRIu64 " sources, the other %" PRIu64
               ", or others",
               first->shown, run->shown, a->all_sources.count, b->all_sources.count);
    else if (strcmp(options[0], options[1]) != 0)
        refuse(told, "%s and %s are of different jobs: the options of one are%s; of the other%s",
               first->shown, run->shown, options[0], options[1]);
    free(options[0]);
    free(options[1]);
    return told->error.status;
}

/* All sources of the job are in one of the shards. */
static int check_sources(struct told *told)
{
    uint64_t sources = 0;
    for (size_t i = 0; i < told->run_count; i++)
        sources += told->runs[i].manifest.source_count;
    const uint64_t wanted = told->runs[0].manifest.all_sources.count;
    return sources == wanted
               ? CTE_OK
               : refuse(told,
                        "the shards have %" PRIu64 " sources together, and their job has %" PRIu64,
                        sources, wanted);
}

int check_shards(struct told *told)
{
    for (size_t i = 0; i < told->run_count && told->error.status == CTE_OK; i++)
        check_whole(told, &told->runs[i]);
    if (told->error.status != CTE_OK || check_once(told) != CTE_OK || check_numbers(told) != CTE_OK)
        return told->error.status;
    for (size_t i = 1; i < told->run_count && told->error.status == CTE_OK; i++)
        check_job(told, &told->runs[i]);
    return told->error.status == CTE_OK ? check_sources(told) : told->error.status;
}

/* ---- tables ---- */

/* A table as one run used it. */
struct used {
    const struct fact_table *table;
    size_t run;
};

static struct used *list_uses(const struct told *told, size_t *count)
{
    struct used *uses = NULL;
    size_t room = 0;
    *count = 0;
    for (size_t r = 0; r < told->run_count; r++) {
        for (size_t i = 0; i < told->runs[r].table_count; i++) {
            GROW(uses, *count, room);
            uses[(*count)++] = (struct used){&told->runs[r].tables[i], r};
        }
    }
    return uses;
}

/* Of decisions the content tells, wherever they lie. */
static const char *name_of(const struct fact_table *table)
{
    return strcmp(table->kind, "decisions") == 0 ? "" : table->id;
}

static int compare_uses(const void *x, const void *y)
{
    const struct used *a = x, *b = y;
    int order = strcmp(a->table->kind, b->table->kind);
    if (order == 0)
        order = strcmp(name_of(a->table), name_of(b->table));
    if (order == 0)
        order = (a->run > b->run) - (a->run < b->run);
    return order;
}

static bool is_same_table(const struct fact_table *a, const struct fact_table *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(name_of(a), name_of(b)) == 0;
}

/* Two runs that used a table of one identifier: they have a version in common, alike in both. A run
 * that used another one besides met records that ask for it. */
static int compare_runs(struct told *told, const struct used *first, const struct used *other,
                        size_t count)
{
    const struct used *end = other + count;
    bool is_common = false, differs = false;
    for (const struct used *a = first; a < other && a->run == first->run; a++) {
        for (const struct used *b = other;
             b < end && b->run == other->run && is_same_table(a->table, b->table); b++) {
            const bool is_same = strcmp(a->table->sha256, b->table->sha256) == 0;
            is_common = is_common || is_same;
            differs = differs || (!is_same && strcmp(a->table->version, b->table->version) == 0);
        }
    }
    return is_common && !differs
               ? CTE_OK
               : refuse(told, "%s and %s used different tables: %s %s%s%s and %s%s%s%s",
                        told->runs[first->run].shown, told->runs[other->run].shown,
                        first->table->kind, first->table->id,
                        first->table->version[0] != '\0' ? "@" : "", first->table->version,
                        other->table->id, other->table->version[0] != '\0' ? "@" : "",
                        other->table->version,
                        strcmp(first->table->version, other->table->version) == 0
                            ? " with another content"
                            : "");
}

int check_tables(struct told *told)
{
    size_t count;
    struct used *uses = list_uses(told, &count);
    if (count > 1)
        qsort(uses, count, sizeof *uses, compare_uses);
    for (size_t i = 0, first = 0; i < count && told->error.status == CTE_OK; i++) {
        const struct fact_table *a = uses[first].table, *b = uses[i].table;
        if (!is_same_table(a, b))
            first = i;
        else if (uses[i].run != uses[first].run && uses[i].run != uses[i - 1].run)
            compare_runs(told, &uses[first], &uses[i], count - i);
    }
    free(uses);
    return told->error.status;
}
