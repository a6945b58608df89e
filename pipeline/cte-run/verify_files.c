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
    char *parts[4];
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

static bool is_text(struct slice value, const char *text)
{
    return strlen(text) == value.length && memcmp(value.at, text, value.length) == 0;
}

static void count_school(struct reading *reading, const struct kind *kind,
                         const struct slice *fields)
{
    static const enum field_role roles[] = {ROLE_LEA, ROLE_ACADEMIC_YEAR, ROLE_SCHOOL};
    const struct slice type = {kind_type(kind), strlen(kind_type(kind))};
    for (size_t i = 0; i < reading->school_count; i++) {
        const size_t at = (reading->last + i) % reading->school_count;
        struct school_count *school = &reading->schools[at];
        bool is_it = is_text(type, school->parts[0]);
        for (size_t p = 0; p < 3 && is_it; p++) {
            const int position = kind->record->role_position[roles[p]];
            is_it = position >= 0 && is_text(fields[position], school->parts[1 + p]);
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
        if (rule != NULL && is_text(fields[kind->fields], rule->id))
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

bool verify_each(struct verifying *verifying, xmlNodePtr source, enum holds holds, const char *name,
                 take_record *take, void *context, uint64_t *records, uint64_t *repeated)
{
    struct cte_error error = {0};
    struct source *opened = NULL;
    struct reader *reader = NULL;
    struct reader_record item;
    struct text values = {0};
    char *path = cte_format("%s/%s", verifying->folder, name),
         *format = attribute_or(source, "format", "caret");
    const struct reader_options options = {
        .format = holds == HOLDS_CONVERTED  ? verifying->format
                  : holds == HOLDS_REJECTED ? "caret"
                                            : format,
        .layout = holds == HOLDS_CONVERTED ? verifying->output_layout : verifying->layout,
        .takes_any = true};
    bool unused;
    *records = *repeated = 0;
    if (source_open(path, name, &opened, &error) == CTE_OK &&
        reader_open(opened, &verifying->kept, &options, &reader, &error) == CTE_OK) {
        while (reader_next(reader, &item, &error) == CTE_OK && !item.end) {
            struct slice fields[STREAM_MAX_FIELDS];
            ++*records;
            if (item.record.kind != NULL)
                record_values(&item.record, item.record.kind->all_fields, fields, &values);
            take(context, item.record.kind, fields);
        }
        *repeated = reader_repeated(reader, &unused);
    }
    if (error.status != CTE_OK)
        verify_wrong(verifying, name, "cannot be read as the run's %s records: %s",
                     holds_words[holds], error.text);
    reader_close(reader);
    source_close(opened);
    text_free(&values);
    free(path);
    free(format);
    return error.status == CTE_OK;
}

static void verify_records(struct reading *reading, enum holds holds, const char *name,
                           unsigned long long says)
{
    struct verifying *verifying = reading->checking.verifying;
    uint64_t records, repeated;
    reading->holds = holds;
    if (!verify_each(verifying, reading->checking.source, holds, name, sum_record, reading,
                     &records, &repeated))
        return;
    verifying->records += records;
    if (records + repeated != says)
        verify_wrong(verifying, name, "holds %" PRIu64 " %s, where the manifest says %llu",
                     records + repeated, holds == HOLDS_REJECTED ? "lines" : "records", says);
    xmlNodePtr sums = first_element(reading->checking.source, "sums");
    if (holds == HOLDS_REJECTED && records != attribute_count(sums, "rejected"))
        /* some of them are alike, and which lines are of one record cannot be seen */
        reading->is_odd = true;
}

/* ---- what is held against the manifest ---- */

static void expect_schools(struct reading *reading)
{
    static const char *const words[] = {"type", "lea", "year", "school"};
    xmlNodePtr source = reading->checking.source;
    reading->schools = cte_zalloc(count_elements(source, "school") + 1, sizeof *reading->schools);
    for (xmlNodePtr node = first_element(source, "school"); node != NULL;
         node = next_element(node, "school")) {
        struct school_count *school = &reading->schools[reading->school_count];
        bool is_told = true;
        for (size_t p = 0; p < 4; p++) {
            school->parts[p] = attribute_or(node, words[p], "");
            is_told = is_told && school->parts[p][0] != '\0';
        }
        school->says = attribute_count(node, "written");
        /* Where a part is not told, the records of several places are counted together. */
        reading->school_count += is_told;
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

/* A sum of the manifest; false where it tells none, as of personal fields. */
static bool take_hex(xmlNodePtr field, const char *name, uint64_t *sum)
{
    char *text = attribute_or(field, name, "");
    const bool is_sum = strspn(text, "0123456789abcdef") == 16 && text[16] == '\0';
    *sum = is_sum ? strtoull(text, NULL, 16) : 0;
    free(text);
    return is_sum;
}

static void compare_sums(struct reading *reading)
{
    struct verifying *verifying = reading->checking.verifying;
    xmlNodePtr source = reading->checking.source;
    for (xmlNodePtr field = first_element(source, "field"); field != NULL;
         field = next_element(field, "field")) {
        char *type = attribute_or(field, "type", ""), *number = attribute_or(field, "number", "");
        uint64_t written;
        if (type[0] != '\0' && take_hex(field, "written", &written)) {
            const struct file_sum *sum = find_sum(reading, type, number);
            verifying->sums++;
            if (!sum->is_blanked && sum->sum != written) {
                char *name = attribute_or(source, "name", "?");
                verify_wrong(
                    verifying, "manifest.xml",
                    "source %s: field %s of %s: its files hold other values than the checksum says",
                    name, number, type);
                free(name);
            }
        }
        free(type);
        free(number);
    }
}

/* What came into a field and left it, of all types that have it, must be what changes.csv says. */
static void compare_moved(struct reading *reading, const char *name)
{
    struct checking *checking = &reading->checking;
    for (size_t i = 0; i < checking->moved_count; i++) {
        uint64_t moved = 0;
        bool is_known = true, is_there = false;
        for (xmlNodePtr field = first_element(checking->source, "field"); field != NULL;
             field = next_element(field, "field")) {
            char *number = attribute_or(field, "number", "");
            uint64_t read, written;
            if (strcmp(number, checking->moved[i].number) == 0) {
                is_there = true;
                is_known = take_hex(field, "read", &read) && take_hex(field, "written", &written) &&
                           is_known;
                moved += is_known ? written - read : 0;
            }
            free(number);
        }
        if (is_there && is_known && checking->moved[i].is_untold)
            verify_open(
                checking->verifying, name,
                "field %s: some values before are not shown, so its changes cannot be reckoned",
                checking->moved[i].number);
        else if (!is_there || (is_known && moved != checking->moved[i].sum))
            verify_wrong(
                checking->verifying, name,
                "field %s: its changes are not those that the checksums of the manifest show",
                checking->moved[i].number);
    }
}

/* Sums that change although no row says so. */
static void compare_unmoved(struct reading *reading)
{
    const struct checking *checking = &reading->checking;
    for (xmlNodePtr field = first_element(checking->source, "field"); field != NULL;
         field = next_element(field, "field")) {
        char *number = attribute_or(field, "number", ""), *type = attribute_or(field, "type", "");
        uint64_t read, written;
        bool is_moved = !take_hex(field, "read", &read) || !take_hex(field, "written", &written) ||
                        read == written;
        for (size_t i = 0; i < checking->moved_count; i++)
            is_moved = is_moved || strcmp(checking->moved[i].number, number) == 0;
        if (!is_moved)
            verify_wrong(
                checking->verifying, "manifest.xml",
                "field %s of %s: its checksums differ, and changes.csv has no change of it", number,
                type);
        free(number);
        free(type);
    }
}

static void verify_source(struct reading *reading)
{
    struct checking *checking = &reading->checking;
    struct verifying *verifying = checking->verifying;
    char *names[] = {NULL, NULL}, *own = attribute_or(checking->source, "name", "?");
    unsigned long long rows[] = {0, 0};
    xmlNodePtr sums = first_element(checking->source, "sums");
    const bool is_merged = attribute_count(sums, "merged") > 0;
    bool has_file[HOLDS_KINDS] = {false};
    expect_schools(reading);
    for (xmlNodePtr file = first_element(checking->source, "file"); file != NULL;
         file = next_element(file, "file")) {
        char *holds = attribute_or(file, "holds", ""), *name = attribute_or(file, "name", "");
        for (int h = 0; h < HOLDS_KINDS; h++) {
            if (strcmp(holds, holds_words[h]) != 0)
                continue;
            has_file[h] = true;
            verify_records(reading, (enum holds)h, name, attribute_count(file, "records"));
        }
        for (size_t i = 0; i < 2; i++) {
            if (strcmp(holds, i == 0 ? "changes" : "findings") == 0) {
                names[i] = cte_strdup(name);
                rows[i] = attribute_count(file, "records");
            }
        }
        free(holds);
        free(name);
    }
    static const char *const counts[HOLDS_KINDS] = {"written", "rejected", "held"};
    for (int h = 0; h < HOLDS_KINDS; h++) {
        if (!has_file[h] && attribute_count(sums, counts[h]) > 0)
            verify_wrong(verifying, "manifest.xml",
                         "source %s: %llu %s, and no file that holds them", own,
                         attribute_count(sums, counts[h]), counts[h]);
    }
    compare_schools(reading);
    verify_changes(checking, names[0], rows[0]);
    verify_findings(checking, names[1], rows[1]);
    if (is_merged || reading->is_odd)
        verify_open(verifying, NULL,
                    "source %s: the checksums of its fields cannot be reckoned from its files: %s",
                    own,
                    is_merged ? "merged records stand in none"
                              : "some records cannot be read alone, or are sent back alike");
    else
        compare_sums(reading);
    compare_moved(reading, names[0]);
    compare_unmoved(reading);
    free(names[0]);
    free(names[1]);
    free(own);
}

static void free_reading(struct reading *reading)
{
    for (size_t i = 0; i < reading->school_count; i++) {
        for (size_t p = 0; p < 4; p++)
            free(reading->schools[i].parts[p]);
    }
    for (size_t i = 0; i < reading->checking.moved_count; i++)
        free(reading->checking.moved[i].number);
    free(reading->checking.moved);
    free(reading->schools);
    free(reading->sums);
}

/* The layout that records were converted to: the target that was named, or that of the last
 * crosswalk; NULL: they stay in their own. To be freed. */
static char *find_target(struct verifying *verifying, struct cte_error *error)
{
    char *target = verify_option(verifying, "target");
    const bool is_named = target != NULL;
    for (xmlNodePtr option = first_element(verifying->root, "option"); !is_named && option != NULL;
         option = next_element(option, "option")) {
        char *is = attribute_or(option, "name", ""), *reference = attribute_or(option, "value", "");
        struct crosswalk *crosswalk = NULL;
        if (strcmp(is, "crosswalk") == 0 &&
            tables_crosswalk(&verifying->kept, reference, &crosswalk, error) == CTE_OK &&
            crosswalk->target_layout != NULL) {
            free(target);
            target = cte_strdup(crosswalk->target_layout);
        }
        free(is);
        free(reference);
    }
    return target;
}

static bool open_kept(struct verifying *verifying)
{
    struct cte_error error = {0};
    char *target = NULL, *layout = verify_option(verifying, "layout"),
         *format = verify_option(verifying, "format");
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
    verifying->format = format != NULL ? format : cte_strdup("caret");
    if (error.status != CTE_OK || !is_whole)
        verify_wrong(verifying, "tables", "its records cannot be read by the tables it kept: %s",
                     error.status != CTE_OK ? error.text : "a layout is missing");
    free(target);
    free(layout);
    return error.status == CTE_OK && is_whole;
}

bool verify_files(struct verifying *verifying)
{
    if (!open_kept(verifying))
        return false;
    const struct rule *quoted = rules_find(verifying->rules, "quoted-output", NULL);
    for (xmlNodePtr source = first_element(verifying->root, "source"); source != NULL;
         source = next_element(source, "source")) {
        char *format = attribute_or(source, "format", "");
        struct reading reading = {.checking = {.verifying = verifying,
                                               .source = source,
                                               .quoted_rule = quoted != NULL ? quoted->id : NULL,
                                               .is_crowded = strcmp(format, "xml") == 0}};
        free(format);
        if (first_element(source, "sums") != NULL)
            verify_source(&reading);
        free_reading(&reading);
    }
    return true;
}
