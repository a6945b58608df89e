#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/known_courses.h"
#include "pipeline/stream/field_sums.h"

bool is_code(struct slice value, const char *text)
{
    return text != NULL && strlen(text) == value.length &&
           memcmp(text, value.at, value.length) == 0;
}

uint64_t hash_values(const struct kind *kind, const struct slice *fields, char *const *numbers,
                     size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        struct slice value = field_value(kind, fields, numbers[i]);
        hash = XXH3_64bits_withSeed(value.at, value.length, hash);
    }
    return hash;
}

static void add_section(struct courses *courses, struct followed *followed, const struct kind *kind,
                        const struct slice *fields)
{
    const struct rule_join *join = followed->join;
    const struct slice parts[] = {
        field_value(kind, fields, join->course), field_value(kind, fields, join->local_course),
        role_value(kind, fields, ROLE_SCHOOL), role_value(kind, fields, ROLE_LEA)};
    const char *texts[4];
    for (size_t i = 0; i < 4; i++)
        texts[i] = arena_copy(&courses->texts, parts[i].at, parts[i].length);
    GROW(followed->sections, followed->section_count, followed->section_room);
    followed->sections[followed->section_count++] =
        (struct section){hash_values(kind, fields, join->link_as, join->link_count), texts[0],
                         texts[1], texts[2], texts[3]};
}

static void add_taken(struct followed *followed, const struct kind *kind,
                      const struct slice *fields)
{
    const struct rule_join *join = followed->join;
    struct slice grade =
        join->grade != NULL ? field_value(kind, fields, join->grade) : (struct slice){"", 0};
    GROW(followed->taken, followed->taken_count, followed->taken_room);
    followed->taken[followed->taken_count++] =
        (struct taken){hash_values(kind, fields, join->as, join->group_count),
                       hash_values(kind, fields, join->link, join->link_count),
                       join_grade(join, grade.at, grade.length)};
}

static bool asks_to_delete(const struct kind *kind, const struct slice *fields)
{
    int position = kind->record->role_position[ROLE_TRANSACTION];
    return position >= 0 && is_code(fields[position], kind->record->fields[position].delete_code);
}

/* Takes what a record says for any join. One that no layout reads is nobody's course. */
static int take_record(void *context, const struct record *record, struct cte_error *error)
{
    struct courses *courses = context;
    struct slice fields[STREAM_MAX_FIELDS];
    (void)error;
    if (record->kind == NULL)
        return CTE_OK;
    split_fields(record, fields);
    for (size_t j = 0; j < courses->count && !asks_to_delete(record->kind, fields); j++) {
        struct followed *followed = &courses->followed[j];
        if (strcmp(kind_type(record->kind), followed->join->through) == 0)
            add_section(courses, followed, record->kind, fields);
        if (strcmp(kind_type(record->kind), followed->join->in) == 0)
            add_taken(followed, record->kind, fields);
    }
    return CTE_OK;
}

/* Takes what the file holds for any join, and its hash. */
static int read_extract(struct diff *diff, const char *path, struct extract *extract)
{
    struct reader_options options = {.format = extract->format,
                                     .layout = diff->options[0].layout,
                                     .windows_1252 =
                                         diff->options[0].windows_1252 || extract->windows_1252,
                                     .takes_any = true};
    diff->courses->files++;
    return read_records(diff,
                        &(struct record_reading){.path = path,
                                                 .options = &options,
                                                 .take = take_record,
                                                 .context = diff->courses,
                                                 .sha256 = extract->sha256},
                        &diff->error);
}

static int compare_sections(const void *x, const void *y)
{
    const struct section *a = x, *b = y;
    return (a->link > b->link) - (a->link < b->link);
}

static int compare_taken(const void *x, const void *y)
{
    const struct taken *a = x, *b = y;
    return (a->group > b->group) - (a->group < b->group);
}

/* The joins that a crosswalk of the comparison asks. */
static int find_joins(struct diff *diff)
{
    const struct rules *rules;
    struct courses *courses = diff->courses;
    if (tables_rules(diff->tables, &rules, &diff->error) != CTE_OK)
        return diff->error.status;
    courses->followed = cte_zalloc(rules->join_count + 1, sizeof *courses->followed);
    for (size_t j = 0; j < rules->join_count; j++) {
        bool is_asked = false;
        for (size_t c = 0; c < diff->crosswalk_count; c++) {
            for (size_t m = 0; m < diff->crosswalks[c]->map_count; m++) {
                const char *evidence = diff->crosswalks[c]->maps[m].evidence;
                is_asked = is_asked ||
                           (evidence != NULL && rules_join(rules, evidence) == &rules->joins[j]);
            }
        }
        if (!is_asked)
            continue;
        struct followed *followed = &courses->followed[courses->count++];
        followed->join = &rules->joins[j];
        if (tables_codeset(diff->tables, followed->join->code_set, &followed->set, &diff->error) !=
            CTE_OK)
            return diff->error.status;
    }
    return CTE_OK;
}

static size_t count_known(const struct courses *courses)
{
    size_t count = 0;
    for (size_t j = 0; j < courses->count; j++)
        count += courses->followed[j].section_count + courses->followed[j].taken_count;
    return count;
}

static bool has_hash(const struct extracts *extracts, const char *sha256)
{
    for (size_t i = 0; i < extracts->count; i++) {
        if (strcmp(extracts->list[i].sha256, sha256) == 0)
            return true;
    }
    return false;
}

/* Reads what the command line names. With --run, these must be the run's, and all of its. */
static int read_named(struct diff *diff, const struct extracts *of_run, struct extracts *named,
                      bool *is_whole)
{
    for (size_t i = 0; i < diff->evidence.count; i++) {
        const char *path = diff->evidence.texts[i];
        size_t known = count_known(diff->courses);
        struct extract extract = {.path = path, .sha256 = arena_alloc(&diff->memory, 65)};
        if (read_extract(diff, path, &extract) != CTE_OK)
            return diff->error.status;
        add_extract(named, extract);
        if (count_known(diff->courses) == known)
            program_say(diff->program,
                        "--evidence %s: holds no course of a student that the crosswalks ask for",
                        path);
        else if (diff->account.folder != NULL && of_run->count > 0 &&
                 !has_hash(of_run, extract.sha256))
            return cte_fail(
                &diff->error, CTE_BAD_INPUT,
                "--evidence %s: is not a source of the run in %s: no source there has its hash",
                path, diff->account.folder);
    }
    for (size_t i = 0; i < of_run->count; i++) {
        if (has_hash(named, of_run->list[i].sha256))
            continue;
        *is_whole = false;
        program_say(diff->program,
                    "source %s of the run holds courses and is not among --evidence: name it, too; "
                    "until then %s",
                    of_run->list[i].name, "nothing is reckoned from courses");
    }
    return CTE_OK;
}

/* Reads the sources of the run where they still are. */
static int read_of_run(struct diff *diff, const struct extracts *of_run, bool *is_whole)
{
    for (size_t i = 0; i < of_run->count && *is_whole; i++) {
        const struct extract *extract = &of_run->list[i];
        char sha256[65] = "";
        struct extract read = *extract;
        read.sha256 = sha256;
        if (extract->path != NULL && read_extract(diff, extract->path, &read) != CTE_OK)
            return diff->error.status;
        *is_whole = strcmp(extract->sha256, sha256) == 0;
        if (!*is_whole)
            program_say(diff->program,
                        "source %s of the run is not where it was, or no longer what it was; name "
                        "all sources of courses with --evidence: "
                        "until then a choice that courses may have made is taken from changes.csv",
                        extract->name);
    }
    return CTE_OK;
}

int read_courses(struct diff *diff)
{
    struct courses *courses = cte_zalloc(1, sizeof *courses);
    struct extracts of_run = {NULL, 0}, named = {NULL, 0};
    bool is_whole = true;
    diff->courses = courses;
    if (find_joins(diff) != CTE_OK)
        return diff->error.status;
    if (courses->count == 0 && diff->evidence.count > 0)
        program_say(diff->program, "--evidence: no crosswalk of this comparison asks for courses");
    if (courses->count == 0 ||
        (diff->account.folder != NULL && list_run_extracts(diff, &of_run) != CTE_OK))
        return diff->error.status;
    int status = diff->evidence.count > 0 ? read_named(diff, &of_run, &named, &is_whole)
                                          : read_of_run(diff, &of_run, &is_whole);
    diff->knows_courses =
        status == CTE_OK && is_whole && (diff->evidence.count > 0 || diff->account.folder != NULL);
    for (size_t j = 0; j < courses->count; j++) {
        struct followed *followed = &courses->followed[j];
        if (followed->section_count > 1)
            qsort(followed->sections, followed->section_count, sizeof *followed->sections,
                  compare_sections);
        if (followed->taken_count > 1)
            qsort(followed->taken, followed->taken_count, sizeof *followed->taken, compare_taken);
    }
    free(named.list);
    free(of_run.list);
    return status;
}
