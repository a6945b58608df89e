/* The roll-ups of a run against its converted files: what is written with a code, by place, code
 * and further dimensions, counted anew. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-run/verify.h"
#include "codetables/base/memory.h"

/* The codes of a local course, as the sections that were written have them. */
struct course {
    uint64_t key; /* LEA, year, local course */
    const char *before, *after[ROLLUP_MAX_AFTER];
    bool differs; /* between its sections: then it has none */
};

/* A roll-up while the converted files are read. */
struct recounting {
    struct verifying *verifying;
    const struct run_rollup *rollup, *sections; /* sections: what it goes through, or NULL */
    bool takes_courses;                         /* the courses are collected, nothing is counted */
    struct course *courses;
    struct expectations course_slots; /* `says` is the number of the course, from 1 */
    size_t course_count;
    struct expectations counts;
    unsigned long long unknown;
};

enum { KEY_PARTS = 3 + ROLLUP_MAX_AFTER + ROLLUP_MAX_BY };

static uint64_t cell_key(const char *year, const char *lea, const char *school,
                         const char *const *after, const char *const *by)
{
    const char *texts[KEY_PARTS] = {year, lea, school};
    for (size_t i = 0; i < ROLLUP_MAX_AFTER; i++)
        texts[3 + i] = after[i];
    for (size_t i = 0; i < ROLLUP_MAX_BY; i++)
        texts[3 + ROLLUP_MAX_AFTER + i] = by[i];
    return expected_key(texts, KEY_PARTS);
}

/* Room for the values of one record. They may be anything and as many as there are records, so none
 * is kept. */
enum { MOST_VALUE = 63, MOST_VALUES = 16 };

struct values {
    char texts[MOST_VALUES][MOST_VALUE + 1];
    size_t count;
};

/* The value of a field; "" where it is not there, or too long to be a code. */
static const char *value_at(struct values *values, const struct kind *kind,
                            const struct slice *fields, int position)
{
    if (position < 0 || (size_t)position >= kind->fields || fields[position].length > MOST_VALUE ||
        values->count == MOST_VALUES)
        return "";
    char *text = values->texts[values->count++];
    memcpy(text, fields[position].at, fields[position].length);
    text[fields[position].length] = '\0';
    return text;
}

static const char *value_of(struct values *values, const struct kind *kind,
                            const struct slice *fields, const char *number)
{
    return number == NULL ? "" : value_at(values, kind, fields, record_field(kind->record, number));
}

static const char *role_of(struct values *values, const struct kind *kind,
                           const struct slice *fields, enum field_role role)
{
    return value_at(values, kind, fields, kind->record->role_position[role]);
}

static void take_after(struct values *values, const struct run_rollup *rollup,
                       const struct kind *kind, const struct slice *fields, const char **after)
{
    const struct rollup *told = rollup->rollup;
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        after[a] =
            a < told->after_count
                ? rollup_value(rollup, &told->after[a], rollup->sets.after[a],
                               value_of(values, kind, fields, told->after[a].field), unlisted)
                : "";
}

static uint64_t course_key(struct values *values, const struct kind *kind,
                           const struct slice *fields)
{
    const char *const texts[] = {role_of(values, kind, fields, ROLE_LEA),
                                 role_of(values, kind, fields, ROLE_ACADEMIC_YEAR),
                                 role_of(values, kind, fields, ROLE_LOCAL_COURSE)};
    return expected_key(texts, 3);
}

static void take_course(struct recounting *recounting, const struct kind *kind,
                        const struct slice *fields)
{
    struct values values = {.count = 0};
    struct course course = {.key = course_key(&values, kind, fields)};
    const struct rollup *told = recounting->sections->rollup;
    course.before =
        rollup_value(recounting->sections, &told->before, recounting->sections->sets.before,
                     value_of(&values, kind, fields, told->before.field), "");
    take_after(&values, recounting->sections, kind, fields, course.after);
    struct expected *slot = add_expected(&recounting->course_slots, course.key);
    if (slot->says == 0) {
        recounting->courses = cte_realloc(recounting->courses, (recounting->course_count + 1) *
                                                                   sizeof *recounting->courses);
        recounting->courses[recounting->course_count++] = course;
        slot->says = recounting->course_count;
        return;
    }
    struct course *known = &recounting->courses[slot->says - 1];
    known->differs = known->differs || strcmp(known->before, course.before) != 0;
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        known->differs = known->differs || strcmp(known->after[a], course.after[a]) != 0;
}

static void count_record(void *context, const struct kind *kind, const struct slice *fields)
{
    struct recounting *recounting = context;
    const struct run_rollup *rollup = recounting->rollup;
    const struct rollup *told = rollup->rollup,
                        *taken = recounting->takes_courses ? recounting->sections->rollup : told;
    if (kind == NULL || strcmp(kind_type(kind), taken->record) != 0)
        return;
    if (recounting->takes_courses) {
        take_course(recounting, kind, fields);
        return;
    }
    struct values values = {.count = 0};
    const char *after[ROLLUP_MAX_AFTER], *by[ROLLUP_MAX_BY];
    if (recounting->sections == NULL) {
        take_after(&values, rollup, kind, fields, after);
    } else {
        const struct expected *slot =
            find_expected(&recounting->course_slots, course_key(&values, kind, fields));
        if (slot == NULL || recounting->courses[slot->says - 1].differs)
            return; /* it has no code, and the roll-up says why */
        memcpy(after, recounting->courses[slot->says - 1].after, sizeof after);
    }
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        by[b] = b < told->by_count && told->by[b].field != NULL
                    ? rollup_value(rollup, &told->by[b], rollup->sets.by[b],
                                   value_of(&values, kind, fields, told->by[b].field), "")
                    : "";
    const uint64_t key = cell_key(role_of(&values, kind, fields, ROLE_ACADEMIC_YEAR),
                                  role_of(&values, kind, fields, ROLE_LEA),
                                  role_of(&values, kind, fields, ROLE_SCHOOL), after, by);
    struct expected *expected = find_expected(&recounting->counts, key);
    if (expected != NULL)
        expected->has++;
    else
        recounting->unknown++;
}

/* Gives every converted record of the run to the count. */
static bool read_converted(struct recounting *recounting)
{
    struct verifying *verifying = recounting->verifying;
    bool good = true;
    for (size_t i = 0; i < verifying->manifest.source_count; i++) {
        const struct manifest_source *source = &verifying->manifest.sources[i];
        for (const struct fact_file *file = account_first(source->account, FACT_FILE); file != NULL;
             file = account_next(source->account, FACT_FILE, file)) {
            struct file_reading reading = {.source = source,
                                           .holds = HOLDS_CONVERTED,
                                           .name = file->name,
                                           .take = count_record,
                                           .context = recounting};
            if (strcmp(file->holds, "converted") == 0)
                good = verify_each(verifying, &reading) && good;
        }
    }
    return good;
}

/* What the cells say is written with a code. Where the place of some records is not told, no count
 * of a place can be held against them. */
static bool take_cells(struct recounting *recounting)
{
    const struct run_rollup *rollup = recounting->rollup;
    for (size_t c = 0; c < rollup->count; c++) {
        const struct rollup_cell *cell = &rollup->cells[c];
        const char *by[ROLLUP_MAX_BY];
        if (cell->state == 'R' && cell->year[0] == '\0')
            return false;
        if (cell->state != 'R' || cell->course[0] != '\0')
            continue;
        for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
            by[b] = b < rollup->rollup->by_count && rollup->rollup->by[b].field != NULL
                        ? cell->by[b]
                        : "";
        add_expected(&recounting->counts,
                     cell_key(cell->year, cell->lea, cell->school, cell->after, by))
            ->says += cell->records;
    }
    return true;
}

/* Whether the records of a type had a field changed in this run: then its value before stands in no
 * converted file. */
static bool is_changed(const struct manifest *manifest, const char *number)
{
    for (size_t i = 0; i < manifest->source_count && number != NULL; i++) {
        const struct account *account = manifest->sources[i].account;
        for (const struct fact_changed *changed = account_first(account, FACT_CHANGED);
             changed != NULL; changed = account_next(account, FACT_CHANGED, changed)) {
            if (strcmp(changed->field, number) == 0)
                return true;
        }
    }
    return false;
}

static void verify_rollup(struct verifying *verifying, const struct run_rollups *rollups,
                          const struct run_rollup *rollup)
{
    struct recounting recounting = {.verifying = verifying, .rollup = rollup};
    char *name = cte_format("rollup-%s.csv", rollup->rollup->id);
    for (size_t i = 0; i < rollups->count; i++) {
        if (rollups->items[i].rollup == rollup->rollup->through)
            recounting.sections = &rollups->items[i];
    }
    recounting.takes_courses = recounting.sections != NULL;
    bool good = true;
    if (!take_cells(&recounting) ||
        (recounting.sections != NULL &&
         is_changed(&verifying->manifest, recounting.sections->rollup->before.field))) {
        verify_open(verifying, name,
                    "cannot be counted anew: the files do not tell the place, or the course, of "
                    "every record");
        good = false;
    }
    if (good && recounting.takes_courses)
        good = read_converted(&recounting);
    recounting.takes_courses = false;
    unsigned long long differ = 0;
    if (good && read_converted(&recounting)) {
        for (size_t i = 0; i < recounting.counts.count; i++)
            differ += recounting.counts.items[i].says != recounting.counts.items[i].has;
    }
    if (differ > 0 || recounting.unknown > 0)
        verify_wrong(verifying, name,
                     "%llu of its counts of written records are not those of the converted files, "
                     "and it lacks %llu of their records",
                     differ, recounting.unknown);
    free_expectations(&recounting.counts);
    free_expectations(&recounting.course_slots);
    free(recounting.courses);
    free(name);
}

void verify_rollups(struct verifying *verifying, const struct run_rollups *rollups)
{
    if (verifying->manifest.overlap_count > 0) {
        verify_open(verifying, NULL,
                    "its roll-ups cannot be counted anew: records stand in several sources, and "
                    "count once");
        return;
    }
    for (size_t i = 0; i < rollups->count; i++) {
        if (rollups->items[i].count > 0)
            verify_rollup(verifying, rollups, &rollups->items[i]);
    }
}
