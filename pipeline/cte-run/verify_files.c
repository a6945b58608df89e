/* The records of each source's files, read again: how many, of which schools, and the sums of their
 * fields, against the manifest. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/field_sums.h"
#include "pipeline/cte-run/verify.h"
#include "pipeline/stream/reader.h"
#include "codetables/base/memory.h"

static const char *const holds_words[HOLDS_KINDS] = {"converted", "rejected", "held"};

/* The values of a field in all files of the source. */
struct file_sum {
    const char *type, *number;
    uint64_t sum;
    bool is_blanked; /* rejected records are sent back without it */
};

/* Records of a type, LEA, year and school. */
struct school_count {
    const char *parts[4];
    unsigned long long says, has;
};

/* What is read of one source. */
struct reading {
    struct checking checking;
    enum holds holds; /* the file at hand */
    struct file_sum *sums;
    size_t sum_count;
    struct school_count *schools;
    size_t school_count, last;
    bool is_odd; /* the sums cannot be reckoned from the files, which was told */
};

/* ---- records ---- */

static struct file_sum *find_sum(struct reading *reading, const char *type, const char *number)
{
    for (size_t i = 0; i < reading->sum_count; i++) {
        if (strcmp(reading->sums[i].type, type) == 0 &&
            strcmp(reading->sums[i].number, number) == 0)
            return &reading->sums[i];
    }
    reading->sums = cte_realloc(reading->sums, (reading->sum_count + 1) * sizeof *reading->sums);
    reading->sums[reading->sum_count] = (struct file_sum){intern(type), intern(number), 0, false};
    return &reading->sums[reading->sum_count++];
}

static void count_school(struct reading *reading, const struct kind *kind,
                         const struct slice *fields)
{
    static const enum field_role roles[] = {ROLE_LEA, ROLE_ACADEMIC_YEAR, ROLE_SCHOOL};
    const struct slice type = {kind_type(kind), strlen(kind_type(kind))};
    for (size_t i = 0; i < reading->school_count; i++) {
        const size_t at = (reading->last + i) % reading->school_count;
        struct school_count *school = &reading->schools[at];
        bool is_it = slice_is(type, school->parts[0]);
        for (size_t p = 0; p < 3 && is_it; p++) {
            const int position = kind->record->role_position[roles[p]];
            is_it = position >= 0 && slice_is(fields[position], school->parts[1 + p]);
        }
        if (!is_it)
            continue;
        school->has++;
        reading->last = at;
        return;
    }
}

/* A record of which no layout knew what its fields are is sent back with the finding that says so.
 */
static bool was_unread(const struct reading *reading, const struct kind *kind,
                       const struct slice *fields)
{
    for (size_t i = 0; i < READER_DEFECTS && kind->all_fields > kind->fields; i++) {
        const struct rule *rule =
            reader_defect_checks[i] != NULL
                ? rules_find(reading->checking.verifying->rules, reader_defect_checks[i], NULL)
                : NULL;
        if (rule != NULL && slice_is(fields[kind->fields], rule->id))
            return true;
    }
    return false;
}

static void sum_record(void *context, const struct kind *kind, const struct slice *fields)
{
    struct reading *reading = context;
    const enum holds holds = reading->holds;
    if (kind == NULL)
        reading->is_odd = reading->is_odd || holds != HOLDS_REJECTED;
    if (kind == NULL || (holds == HOLDS_REJECTED && was_unread(reading, kind, fields)))
        return;
    if (holds == HOLDS_CONVERTED)
        count_school(reading, kind, fields);
    for (size_t i = 0; i < kind->fields; i++) {
        const struct field *field = &kind->record->fields[i];
        /* A field keeps the number under which it was received. */
        const bool takes_other = holds == HOLDS_CONVERTED &&
                                 reading->checking.verifying->is_converted &&
                                 field->origin == ORIGIN_SAME && field->from != NULL;
        if (field->role == ROLE_RECORD_TYPE)
            continue;
        struct file_sum *sum =
            find_sum(reading, kind_type(kind), takes_other ? field->from : field->number);
        sum->sum += sum_value(fields[i].at, fields[i].length);
        sum->is_blanked =
            sum->is_blanked || (holds == HOLDS_REJECTED && field->role == ROLE_TRANSACTION);
    }
}

bool verify_each(struct verifying *verifying, struct file_reading *reading)
{
    const enum holds holds = reading->holds;
    struct cte_error error = {0};
    struct source *opened = NULL;
    struct reader *reader = NULL;
    struct reader_record item;
    struct text values = {0};
    char *path = cte_format("%s/%s", verifying->folder, reading->name);
    const char *format = manifest_form(reading->source)->format;
    const struct reader_options options = {
        .format = holds == HOLDS_CONVERTED  ? verifying->format
                  : holds == HOLDS_REJECTED ? "caret"
                  : format[0] != '\0'       ? format_of_held(format)
                                            : "caret",
        .layout = holds == HOLDS_CONVERTED ? verifying->output_layout : verifying->layout,
        .takes_any = true};
    bool unused;
    reading->records = reading->repeated = 0;
    if (source_open(path, reading->name, &opened, &error) == CTE_OK &&
        reader_open(opened, &verifying->kept, &options, &reader, &error) == CTE_OK) {
        while (reader_next(reader, &item, &error) == CTE_OK && !item.end) {
            struct slice fields[STREAM_MAX_FIELDS];
            reading->records++;
            if (item.record.kind != NULL)
                record_values(&item.record, item.record.kind->all_fields, fields, &values);
            reading->take(reading->context, item.record.kind, fields);
        }
        reading->repeated = reader_repeated(reader, &unused);
    }
    if (error.status != CTE_OK)
        verify_wrong(verifying, reading->name, "cannot be read as the run's %s records: %s",
                     holds_words[holds], error.text);
    reader_close(reader);
    source_close(opened);
    text_free(&values);
    free(path);
    return error.status == CTE_OK;
}

static void verify_records(struct reading *reading, enum holds holds, const char *name,
                           unsigned long long says)
{
    struct verifying *verifying = reading->checking.verifying;
    struct file_reading file = {.source = reading->checking.source,
                                .holds = holds,
                                .name = name,
                                .take = sum_record,
                                .context = reading};
    reading->holds = holds;
    if (!verify_each(verifying, &file))
        return;
    const uint64_t records = file.records, repeated = file.repeated;
    verifying->records += records;
    if (records + repeated != says)
        verify_wrong(verifying, name, "holds %" PRIu64 " %s, where the manifest says %llu",
                     records + repeated, holds == HOLDS_REJECTED ? "lines" : "records", says);
    if (holds == HOLDS_REJECTED && records != manifest_sums(reading->checking.source)->rejected)
        /* some of them are alike, and which lines are of one record cannot be seen */
        reading->is_odd = true;
}

/* ---- what is held against the manifest ---- */

static void expect_schools(struct reading *reading)
{
    const struct account *account = reading->checking.source->account;
    reading->schools =
        cte_zalloc(account_count(account, FACT_SCHOOL) + 1, sizeof *reading->schools);
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        /* Where a part is not told, the records of several places are counted together. */
        if (school->type[0] != '\0' && school->lea[0] != '\0' && school->year[0] != '\0' &&
            school->school[0] != '\0')
            reading->schools[reading->school_count++] = (struct school_count){
                .parts = {school->type, school->lea, school->year, school->school},
                .says = school->written};
    }
}

static void compare_schools(struct reading *reading)
{
    for (size_t i = 0; i < reading->school_count; i++) {
        const struct school_count *school = &reading->schools[i];
        if (school->says != school->has)
            verify_wrong(reading->checking.verifying, "manifest.xml",
                         "%s of school %s, %s: %llu written, but the converted file holds %llu",
                         school->parts[0], school->parts[3], school->parts[2], school->says,
                         school->has);
    }
}

static void compare_sums(struct reading *reading)
{
    struct verifying *verifying = reading->checking.verifying;
    const struct manifest_source *source = reading->checking.source;
    for (const struct fact_field *field = account_first(source->account, FACT_FIELD); field != NULL;
         field = account_next(source->account, FACT_FIELD, field)) {
        uint64_t written;
        if (field->type[0] == '\0' || !verify_read_sum(field->written, &written))
            continue;
        const struct file_sum *sum = find_sum(reading, field->type, field->number);
        verifying->sums++;
        if (!sum->is_blanked && sum->sum != written)
            verify_wrong(
                verifying, "manifest.xml",
                "source %s: field %s of %s: its files hold other values than the checksum says",
                source->name, field->number, field->type);
    }
}

/* The files that hold records, and of those of rows which there are. */
static void verify_named_files(struct reading *reading, const struct fact_file **changes,
                               const struct fact_file **findings)
{
    const struct account *account = reading->checking.source->account;
    const struct fact_sums *sums = manifest_sums(reading->checking.source);
    const uint64_t counts[HOLDS_KINDS] = {sums->written, sums->rejected, sums->held};
    static const char *const words[HOLDS_KINDS] = {"written", "rejected", "held"};
    bool has_file[HOLDS_KINDS] = {false};
    for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL;
         file = account_next(account, FACT_FILE, file)) {
        for (int h = 0; h < HOLDS_KINDS; h++) {
            if (strcmp(file->holds, holds_words[h]) != 0)
                continue;
            has_file[h] = true;
            verify_records(reading, (enum holds)h, file->name, file->records);
        }
        if (strcmp(file->holds, "changes") == 0)
            *changes = file;
        if (strcmp(file->holds, "findings") == 0)
            *findings = file;
    }
    for (int h = 0; h < HOLDS_KINDS; h++) {
        if (!has_file[h] && counts[h] > 0)
            verify_wrong(reading->checking.verifying, "manifest.xml",
                         "source %s: %" PRIu64 " %s, and no file that holds them",
                         reading->checking.source->name, counts[h], words[h]);
    }
}

static void verify_source(struct reading *reading)
{
    struct checking *checking = &reading->checking;
    const bool is_merged = manifest_sums(checking->source)->merged > 0;
    const struct fact_file *changes = NULL, *findings = NULL;
    expect_schools(reading);
    verify_named_files(reading, &changes, &findings);
    compare_schools(reading);
    verify_changes(checking, changes);
    verify_findings(checking, findings);
    if (is_merged || reading->is_odd)
        verify_open(checking->verifying, NULL,
                    "source %s: the checksums of its fields cannot be reckoned from its files: %s",
                    checking->source->name,
                    is_merged ? "merged records stand in none"
                              : "some records cannot be read alone, or are sent back alike");
    else
        compare_sums(reading);
    verify_moves(checking, changes != NULL ? changes->name : NULL);
}

static void free_reading(struct reading *reading)
{
    for (size_t i = 0; i < reading->checking.moved_count; i++)
        free(reading->checking.moved[i].number);
    free(reading->checking.moved);
    free(reading->schools);
    free(reading->sums);
}

/* The layout that records were converted to: the target that was named, or that of the last
 * crosswalk; NULL: they stay in their own. */
static const char *find_target(struct verifying *verifying, struct cte_error *error)
{
    const struct manifest *manifest = &verifying->manifest;
    const char *target = manifest_option(manifest, "target");
    const bool is_named = target != NULL;
    for (size_t i = 0; i < manifest->option_count && !is_named; i++) {
        const struct manifest_option *option = &manifest->options[i];
        struct crosswalk *crosswalk = NULL;
        if (strcmp(option->name, "crosswalk") == 0 &&
            tables_crosswalk(&verifying->kept, option->value, &crosswalk, error) == CTE_OK &&
            crosswalk->target_layout != NULL)
            target = crosswalk->target_layout;
    }
    return target;
}

static bool open_kept(struct verifying *verifying)
{
    struct cte_error error = {0};
    const char *target = NULL, *layout = manifest_option(&verifying->manifest, "layout"),
               *format = manifest_option(&verifying->manifest, "format");
    bool is_whole = true;
    if (tables_open_kept(&verifying->kept, verifying->tables, verifying->program->codetables,
                         &error) == CTE_OK &&
        tables_rules(&verifying->kept, &verifying->rules, &error) == CTE_OK)
        target = find_target(verifying, &error);
    if (error.status == CTE_OK && layout != NULL)
        is_whole = (verifying->layout = tables_layout(&verifying->kept, layout, &error)) != NULL;
    verifying->output_layout = verifying->layout;
    if (error.status == CTE_OK && target != NULL)
        is_whole =
            (verifying->output_layout = tables_layout(&verifying->kept, target, &error)) != NULL &&
            is_whole;
    verifying->is_converted = target != NULL;
    verifying->format = format != NULL ? format : "caret";
    if (error.status != CTE_OK || !is_whole)
        verify_wrong(verifying, "tables", "its records cannot be read by the tables it kept: %s",
                     error.status != CTE_OK ? error.text : "a layout is missing");
    return error.status == CTE_OK && is_whole;
}

bool open_kept_tables(struct verifying *verifying)
{
    if (verifying->manifest.source_count == 0) /* a shard that has none keeps no layout */
        return true;
    if (!open_kept(verifying))
        return false;
    const struct rule *quoted = rules_find(verifying->rules, "quoted-output", NULL);
    verifying->quoted_rule = quoted != NULL ? quoted->id : NULL;
    return true;
}

void close_kept_tables(struct verifying *verifying)
{
    free(verifying->counting);
    tables_free(&verifying->kept);
}

void verify_files(struct verifying *verifying, const struct manifest_source *source)
{
    struct reading reading = {
        .checking = {.verifying = verifying,
                     .source = source,
                     .quoted_rule = verifying->quoted_rule,
                     .is_crowded = strcmp(manifest_form(source)->format, "xml") == 0}};
    verify_source(&reading);
    free_reading(&reading);
}
