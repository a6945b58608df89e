/* NAME.counts.csv of each source against its converted file: what is written, by place, code and
 * further dimensions, counted anew; and against the sums of the manifest. NAME.distinct.csv in the
 * same way: who stands in each of these counts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-run/verify.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/distinct_file.h"

enum {
    MOST_VALUE = 63,
    PARTS = 5 + ROLLUP_MAX_AFTER + ROLLUP_MAX_BY,
    MOST_READ = PARTS + 2 /* whose a record is, and whether it deletes */
};

/* What is counted in the run, and by which code sets. */
struct counting_tables {
    const struct rollups *rollups; /* NULL: nothing, or they cannot be read */
    struct rollup_sets sets[ROLLUP_MAX];
};

/* The counts of a source while its files are read. */
struct recounting {
    struct verifying *verifying;
    const struct counting_tables *tables;
    struct expectations counts, people;
    struct fact_sums sums;
    uint64_t row; /* of the file of counts, from 1 */
    struct distinct_reading reading;
    struct cte_error people_error; /* of the file of people */
    const char *people_name;       /* that file; of counts, where there is none */
    unsigned long long unknown, unknown_people;
    unsigned long long crowded; /* rows with more people than records */
    bool is_untold; /* the place of a written record is not told, so that nothing can be counted */
};

static uint64_t counted_key(const struct counted *counted)
{
    const char *texts[PARTS] = {counted->rollup, counted->lea, counted->year, counted->local,
                                counted->school};
    memcpy(texts + 5, counted->after, sizeof counted->after);
    memcpy(texts + 5 + ROLLUP_MAX_AFTER, counted->by, sizeof counted->by);
    return expected_key(texts, PARTS);
}

/* Someone in a count. */
static uint64_t person_key(uint64_t counted, uint64_t person)
{
    return XXH3_64bits_withSeed(&person, sizeof person, counted);
}

/* Who stands in a row. Of records that are not written it is looked at only whether they can be so
 * many: their count is NULL. */
static void take_people(struct recounting *recounting, const struct counted *counted,
                        const uint64_t *count)
{
    uint64_t person, people = 0;
    recounting->row++;
    while (
        next_distinct(&recounting->reading, recounting->row, &person, &recounting->people_error)) {
        people++;
        if (count != NULL)
            add_expected(&recounting->people, person_key(*count, person))->says = 1;
    }
    recounting->crowded += people > counted->records;
}

static void take_counted(void *context, const struct counted *counted)
{
    struct recounting *recounting = context;
    const bool is_written = counted->state == 'R' && counted->rollup[0] != '\0';
    const uint64_t key = is_written ? counted_key(counted) : 0;
    add_counted(&recounting->sums, counted);
    take_people(recounting, counted, is_written ? &key : NULL);
    if (!is_written)
        return;
    recounting->is_untold = recounting->is_untold || counted->year[0] == '\0';
    add_expected(&recounting->counts, key)->says += counted->records;
}

/* ---- the converted records ---- */

/* Room for the values of one record, and whose it is: they may be anything and as many as there are
 * records, so none is kept. */
struct values {
    char texts[MOST_READ][MOST_VALUE + 1];
    size_t count;
    const struct kind *kind;
    const struct slice *fields;
};

/* The value of a field; "" where it is not there, or too long to be a code. */
static const char *value_at(struct values *values, int position)
{
    if (position < 0 || (size_t)position >= values->kind->fields ||
        values->fields[position].length > MOST_VALUE)
        return "";
    char *text = values->texts[values->count++];
    memcpy(text, values->fields[position].at, values->fields[position].length);
    text[values->fields[position].length] = '\0';
    return text;
}

static const char *value_of(struct values *values, const struct rollup_dimension *dimension,
                            const struct codeset *set, const char *otherwise)
{
    const int position =
        dimension->field != NULL ? record_field(values->kind->record, dimension->field) : -1;
    return rollup_shown(dimension, set, value_at(values, position), otherwise);
}

static bool deletes(struct values *values)
{
    const struct record_layout *record = values->kind->record;
    return record_is_delete(record,
                            slice_of(value_at(values, record->role_position[ROLE_TRANSACTION])));
}

/* Who the record is about must stand in its count, which has that key. */
static void count_person(struct recounting *recounting, struct values *values,
                         const struct rollup_distinct *distinct, const char *lea, uint64_t count)
{
    const char *number = value_at(values, record_field(values->kind->record, distinct->field));
    const struct slice value = slice_of(number);
    if (!rollup_is_person(distinct, value) || deletes(values))
        return;
    struct expected *expected =
        find_expected(&recounting->people, person_key(count, distinct_hash(lea, value)));
    if (expected != NULL)
        expected->has = 1;
    else
        recounting->unknown_people++;
}

static void count_record(void *context, const struct kind *kind, const struct slice *fields)
{
    struct recounting *recounting = context;
    const struct counting_tables *tables = recounting->tables;
    const struct rollup *rollup =
        kind != NULL ? rollups_of(tables->rollups, kind_type(kind)) : NULL;
    if (rollup == NULL)
        return;
    const struct rollup_sets *sets = &tables->sets[rollup - tables->rollups->rollups];
    const int *roles = kind->record->role_position;
    struct values values = {.count = 0, .kind = kind, .fields = fields};
    struct counted counted = {.lea = value_at(&values, roles[ROLE_LEA]),
                              .year = value_at(&values, roles[ROLE_ACADEMIC_YEAR]),
                              .local = "",
                              .rollup = rollup->id,
                              .school = value_at(&values, roles[ROLE_SCHOOL]),
                              .after = {"", ""},
                              .by = {"", "", ""}};
    if (rollup->is_linked || (rollup->through != NULL && rollup->matches == NULL))
        counted.local = value_at(&values, roles[ROLE_LOCAL_COURSE]);
    for (size_t a = 0; a < rollup->after_count && rollup->through == NULL; a++)
        counted.after[a] = value_of(&values, &rollup->after[a], sets->after[a], ROLLUP_UNLISTED);
    for (size_t b = 0; b < rollup->by_count; b++)
        counted.by[b] = value_of(&values, &rollup->by[b], sets->by[b], "");
    const uint64_t key = counted_key(&counted);
    struct expected *expected = find_expected(&recounting->counts, key);
    if (expected != NULL)
        expected->has++;
    else
        recounting->unknown++;
    if (rollup->distinct.field != NULL)
        count_person(recounting, &values, &rollup->distinct, counted.lea, key);
}

/* ---- one against the other ---- */

void load_counting_tables(struct verifying *verifying)
{
    struct counting_tables *tables = cte_zalloc(1, sizeof *tables);
    struct cte_error error = {0};
    verifying->counting = tables;
    if (verifying->manifest.source_count == 0)
        return;
    if (tables_rollups(&verifying->kept, NULL, &tables->rollups, &error) != CTE_OK)
        tables->rollups = NULL; /* they are told when the documents are drawn */
    for (size_t i = 0; tables->rollups != NULL && i < tables->rollups->count; i++) {
        /* The run keeps the code sets of those roll-ups alone that it met. */
        struct cte_error missing = {0};
        rollup_sets_load(&verifying->kept, &tables->rollups->rollups[i], &tables->sets[i],
                         &missing);
    }
}

static void compare_states(const struct recounting *recounting, const char *name,
                           const struct fact_sums *sums)
{
    const struct fact_sums *counted = &recounting->sums;
    const uint64_t said[4] = {sums->written, sums->merged, sums->rejected, sums->held},
                   has[4] = {counted->written, counted->merged, counted->rejected, counted->held};
    static const char *const words[4] = {"written", "merged", "rejected", "held"};
    for (size_t i = 0; i < 4; i++) {
        if (has[i] != said[i])
            verify_wrong(recounting->verifying, name,
                         "counts %" PRIu64 " records as %s, where the manifest says %" PRIu64,
                         has[i], words[i], said[i]);
    }
}

static void compare_people(struct recounting *recounting, const char *name)
{
    unsigned long long missing = 0;
    for (size_t i = 0; i < recounting->people.count; i++)
        missing += recounting->people.items[i].has == 0;
    if (missing > 0 || recounting->unknown_people > 0)
        verify_wrong(recounting->verifying, name,
                     "%llu of those whom it has in counts of written records have no such record "
                     "in the converted file, and of %llu records there it does not have whose they "
                     "are",
                     missing, recounting->unknown_people);
}

static void compare_crowds(const struct recounting *recounting, const char *name)
{
    if (recounting->crowded > 0)
        verify_wrong(recounting->verifying, name,
                     "%llu of the counts have more people in it than records", recounting->crowded);
}

static void compare_counts(struct recounting *recounting, const char *name, const char *converted,
                           const struct manifest_source *source)
{
    struct file_reading reading = {.source = source,
                                   .holds = HOLDS_CONVERTED,
                                   .name = converted,
                                   .take = count_record,
                                   .context = recounting};
    unsigned long long differ = 0;
    if (recounting->tables->rollups == NULL)
        return;
    if (recounting->is_untold) {
        verify_open(recounting->verifying, name,
                    "cannot be counted anew: the files do not tell the place of every record");
        return;
    }
    if (converted != NULL && !verify_each(recounting->verifying, &reading))
        return;
    for (size_t i = 0; i < recounting->counts.count; i++)
        differ += recounting->counts.items[i].says != recounting->counts.items[i].has;
    if (differ > 0 || recounting->unknown > 0)
        verify_wrong(recounting->verifying, name,
                     "%llu of its counts of written records are not those of the converted file, "
                     "and it lacks %llu of its records",
                     differ, recounting->unknown);
    compare_people(recounting, recounting->people_name);
}

/* Where the source has a file of people, opens it. */
static void open_people(struct recounting *recounting, const struct fact_file *file, char **path)
{
    *path = NULL;
    if (file == NULL)
        return;
    *path = cte_format("%s/%s", recounting->verifying->folder, file->name);
    recounting->people_name = file->name;
    open_distinct(&recounting->reading, *path, file->name, NULL, &recounting->people_error);
}

static void close_people(struct recounting *recounting, char *path)
{
    if (close_distinct(&recounting->reading, &recounting->people_error) != CTE_OK)
        verify_wrong(recounting->verifying, recounting->people_name, "%s",
                     recounting->people_error.text);
    free(path);
}

void verify_counts(struct verifying *verifying, const struct manifest_source *source)
{
    const struct fact_file *file = account_file(source->account, "counts"),
                           *written = account_file(source->account, "converted");
    const char *counts = file != NULL ? file->name : NULL,
               *converted = written != NULL ? written->name : NULL;
    const struct fact_sums *sums = manifest_sums(source);
    if (counts == NULL) {
        if (sums->read > 0)
            verify_wrong(verifying, "manifest.xml",
                         "source %s: it has records, and no file of their counts", source->name);
        return;
    }
    struct recounting recounting = {
        .verifying = verifying, .tables = verifying->counting, .people_name = counts};
    struct cte_error error = {0};
    char *people;
    open_people(&recounting, account_file(source->account, "distinct"), &people);
    char *path = cte_format("%s/%s", verifying->folder, counts);
    const struct counts_file reading = {path, counts, NULL, take_counted, &recounting};
    if (read_counts(&reading, &error) != CTE_OK) {
        verify_wrong(verifying, counts, "%s", error.text);
    } else {
        compare_states(&recounting, counts, sums);
        compare_crowds(&recounting, recounting.people_name);
        compare_counts(&recounting, counts, converted, source);
    }
    close_people(&recounting, people);
    free_expectations(&recounting.counts);
    free_expectations(&recounting.people);
    free(path);
}
