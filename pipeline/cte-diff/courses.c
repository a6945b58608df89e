#include "pipeline/cte-diff/courses.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/field_sums.h"
#include "codetables/base/memory.h"

/* More courses of one student and pathway than these are nobody's: they decide nothing. */
enum { MOST_COURSES = 32 };

/* A course section: whoever has the link took this course. */
struct section {
    uint64_t link;
    const char *course, *local, *school, *lea;
};

/* That a student took whatever has the link. */
struct taken {
    uint64_t group, link;
    enum grade_meaning grade;
};

/* What is known for one join of the rule table. */
struct followed {
    const struct rule_join *join;
    const struct codeset *set;
    struct section *sections;
    size_t section_count, section_room;
    struct taken *taken;
    size_t taken_count, taken_room;
};

/* Which classes of courses that everybody must have lead to one answer: of a row, a year and a
 * code. */
enum { SILENCE_SLOTS = 256, SILENCE_CODE = 24 };

struct silence {
    const struct crosswalk_row *row; /* NULL: free */
    int year;
    size_t length;
    char code[SILENCE_CODE];
    bool *classes; /* of each required property */
};

struct courses {
    struct followed *followed;
    size_t count;
    struct silence silences[SILENCE_SLOTS];
    size_t files; /* extracts that were read */
};

static bool is_code(struct slice value, const char *text)
{
    return text != NULL && strlen(text) == value.length &&
           memcmp(text, value.at, value.length) == 0;
}

static struct slice value_of(const struct kind *kind, const struct slice *fields,
                             const char *number)
{
    int position = record_field(kind->record, number);
    return position >= 0 && (size_t)position < kind->fields ? fields[position]
                                                            : (struct slice){"", 0};
}

static struct slice role_value(const struct kind *kind, const struct slice *fields,
                               enum field_role role)
{
    int position = kind->record->role_position[role];
    return position >= 0 && (size_t)position < kind->fields ? fields[position]
                                                            : (struct slice){"", 0};
}

/* One hash of the values of these fields, whatever the record type. */
static uint64_t hash_of(const struct kind *kind, const struct slice *fields, char *const *numbers,
                        size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        struct slice value = value_of(kind, fields, numbers[i]);
        hash = XXH3_64bits_withSeed(value.at, value.length, hash);
    }
    return hash;
}

/* ---- reading ---- */

static void add_section(struct followed *followed, const struct kind *kind,
                        const struct slice *fields)
{
    const struct rule_join *join = followed->join;
    const struct slice parts[] = {
        value_of(kind, fields, join->course), value_of(kind, fields, join->local_course),
        role_value(kind, fields, ROLE_SCHOOL), role_value(kind, fields, ROLE_LEA)};
    const char *texts[4];
    char *to = cte_alloc(parts[0].length + parts[1].length + parts[2].length + parts[3].length + 4);
    for (size_t i = 0; i < 4; i++) {
        texts[i] = to;
        to = mempcpy(to, parts[i].at, parts[i].length);
        *to++ = '\0';
    }
    if (followed->section_count == followed->section_room) {
        followed->section_room = followed->section_room == 0 ? 256 : followed->section_room * 2;
        followed->sections =
            cte_realloc(followed->sections, followed->section_room * sizeof *followed->sections);
    }
    followed->sections[followed->section_count++] =
        (struct section){hash_of(kind, fields, join->link_as, join->link_count), texts[0], texts[1],
                         texts[2], texts[3]};
}

static void add_taken(struct followed *followed, const struct kind *kind,
                      const struct slice *fields)
{
    const struct rule_join *join = followed->join;
    struct slice grade =
        join->grade != NULL ? value_of(kind, fields, join->grade) : (struct slice){"", 0};
    if (followed->taken_count == followed->taken_room) {
        followed->taken_room = followed->taken_room == 0 ? 1024 : followed->taken_room * 2;
        followed->taken =
            cte_realloc(followed->taken, followed->taken_room * sizeof *followed->taken);
    }
    followed->taken[followed->taken_count++] =
        (struct taken){hash_of(kind, fields, join->as, join->group_count),
                       hash_of(kind, fields, join->link, join->link_count),
                       join_grade(join, grade.at, grade.length)};
}

static bool asks_to_delete(const struct kind *kind, const struct slice *fields)
{
    int position = kind->record->role_position[ROLE_TRANSACTION];
    return position >= 0 && is_code(fields[position], kind->record->fields[position].delete_code);
}

/* Takes what the file holds for any join, and its hash. */
static int read_extract(struct diff *diff, const char *path, struct extract *extract)
{
    struct courses *courses = diff->courses;
    struct cte_error *error = &diff->error;
    struct source *source;
    struct reader *reader;
    /* A record that cannot be read is nobody's course. */
    struct reader_options options = {.format = extract->format,
                                     .layout = diff->options[0].layout,
                                     .windows_1252 =
                                         diff->options[0].windows_1252 || extract->windows_1252,
                                     .takes_any = true};
    int status = open_records(diff, path, &options, &source, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        struct slice fields[STREAM_MAX_FIELDS];
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        if (record->kind == NULL)
            continue;
        fields_of(record, fields);
        for (size_t j = 0; j < courses->count && !asks_to_delete(record->kind, fields); j++) {
            struct followed *followed = &courses->followed[j];
            if (strcmp(kind_type(record->kind), followed->join->through) == 0)
                add_section(followed, record->kind, fields);
            if (strcmp(kind_type(record->kind), followed->join->in) == 0)
                add_taken(followed, record->kind, fields);
        }
    }
    if (status == CTE_OK)
        source_sha256(source, extract->sha256);
    courses->files++;
    close_records(source, reader);
    return status;
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
    if (tables_rules(&diff->tables, &rules, &diff->error) != CTE_OK)
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
        if (tables_codeset(&diff->tables, followed->join->code_set, &followed->set, &diff->error) !=
            CTE_OK)
            return diff->error.status;
    }
    return CTE_OK;
}

bool is_of_courses(const struct diff *diff, const char *type, bool asks)
{
    for (size_t j = 0; diff->courses != NULL && j < diff->courses->count; j++) {
        const struct rule_join *join = diff->courses->followed[j].join;
        if (asks ? strcmp(type, join->record) == 0
                 : strcmp(type, join->in) == 0 || strcmp(type, join->through) == 0)
            return true;
    }
    return false;
}

void add_extract(struct extracts *extracts, struct extract extract)
{
    extracts->list = cte_realloc(extracts->list, (extracts->count + 1) * sizeof *extracts->list);
    extracts->list[extracts->count++] = extract;
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
static int read_named(struct diff *diff, const struct extracts *of_run, bool *is_whole)
{
    struct extracts named = {NULL, 0};
    for (size_t i = 0; i < diff->evidence.count; i++) {
        const char *path = diff->evidence.texts[i];
        size_t known = count_known(diff->courses);
        struct extract extract = {.path = path, .sha256 = cte_zalloc(1, 65)};
        if (read_extract(diff, path, &extract) != CTE_OK)
            return diff->error.status;
        add_extract(&named, extract);
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
        if (has_hash(&named, of_run->list[i].sha256))
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
    struct extracts of_run = {NULL, 0};
    bool is_whole = true;
    diff->courses = courses;
    if (find_joins(diff) != CTE_OK)
        return diff->error.status;
    if (courses->count == 0 && diff->evidence.count > 0)
        program_say(diff->program, "--evidence: no crosswalk of this comparison asks for courses");
    if (courses->count == 0 ||
        (diff->account.folder != NULL && list_run_extracts(diff, &of_run) != CTE_OK))
        return diff->error.status;
    int status = diff->evidence.count > 0 ? read_named(diff, &of_run, &is_whole)
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
    return status;
}

/* ---- asking ---- */

/* What is asked about, and for one student. */
struct asking {
    struct diff *diff;
    const struct followed *followed;
    const struct open_row *open;
    struct slice code; /* of the record, in the field that the join names */
    int taken_in;      /* the academic year of the record */
};

/* What one course says. */
struct voice {
    const struct section *section;
    struct targets to;
};

static struct targets in_outputs_of(const struct crosswalk_map *map,
                                    const struct crosswalk_map *courses, const struct targets *to)
{
    struct targets found = {{NULL}};
    for (size_t i = 0; i < map->output_count; i++) {
        int output = crosswalk_output(courses, map->outputs[i].id);
        found.code[i] = output >= 0 ? to->code[output] : NULL;
    }
    return found;
}

/* Whether the row of a course gives an answer. */
static bool answers(const struct crosswalk_row *row)
{
    return row->kind != ROW_UNDECIDED && row->kind != ROW_NONE && row->kind != ROW_SAME &&
           row->to.code[0] != NULL;
}

/* The first row of a course that answers, or that is left to a decision, in the crosswalk that asks
 * and then in the others. */
static const struct crosswalk_row *row_of_course(const struct asking *asking, const char *course,
                                                 bool is_open, const struct crosswalk_map **courses)
{
    const struct diff *diff = asking->diff;
    for (size_t i = 0; i <= diff->crosswalk_count; i++) {
        const struct crosswalk *crosswalk =
            i == 0 ? asking->open->crosswalk : diff->crosswalks[i - 1];
        for (size_t m = 0; m < crosswalk->map_count; m++) {
            *courses = &crosswalk->maps[m];
            if (strcmp((*courses)->from, asking->followed->join->code_set) != 0)
                continue;
            const struct crosswalk_row *row =
                crosswalk_lookup(*courses, course, strlen(course), asking->open->year);
            if (row != NULL && (is_open ? row->kind == ROW_UNDECIDED : answers(row)))
                return row;
        }
    }
    return NULL;
}

/* What the tables say of a course; false where they say nothing that the row offers. */
static bool tables_say(const struct asking *asking, const char *course, struct targets *to)
{
    const struct crosswalk_row *row = asking->open->row;
    const struct crosswalk_map *courses;
    for (size_t i = 0; i < row->when_count; i++) {
        if (strcmp(row->whens[i].field, asking->followed->join->course) == 0 &&
            when_holds(&row->whens[i], course, strlen(course))) {
            *to = row->whens[i].to;
            return allows_first(row, to->code[0]);
        }
    }
    const struct crosswalk_row *own = row_of_course(asking, course, false, &courses);
    if (own == NULL)
        return false;
    *to = in_outputs_of(asking->open->map, courses, &own->to);
    return allows_first(row, to->code[0]);
}

/* What a decision for the local course says, where the tables leave the course to one. */
static bool decision_says(const struct asking *asking, const struct section *section,
                          struct targets *to)
{
    const struct crosswalk_map *courses;
    const struct crosswalk_row *own =
        asking->diff->has_decisions ? row_of_course(asking, section->course, true, &courses) : NULL;
    if (own == NULL)
        return false;
    const struct decision *decision = decisions_find(
        &asking->diff->decisions,
        &(struct decision_question){.lea = section->lea,
                                    .lea_length = strlen(section->lea),
                                    .record = asking->followed->join->through,
                                    .record_length = strlen(asking->followed->join->through),
                                    .school = section->school,
                                    .school_length = strlen(section->school),
                                    .code = section->local,
                                    .code_length = strlen(section->local),
                                    .is_local_course = true,
                                    .year = asking->taken_in});
    struct targets said;
    const char *code = decision != NULL ? row_code_meant(courses, own, decision->code) : NULL;
    if (code == NULL || row_offers(courses, own, code, strlen(code), &said) == 0)
        return false;
    *to = in_outputs_of(asking->open->map, courses, &said);
    return allows_first(asking->open->row, to->code[0]);
}

/* Whether the course counts to the record's code in the year, with this property where one is asked
 * for. */
static bool counts(const struct asking *asking, const char *course, int year, const char *property)
{
    const struct followed *followed = asking->followed;
    for (const struct code *row = codeset_find(followed->set, course, strlen(course)); row != NULL;
         row = row->same) {
        const char *of = code_property(row, followed->join->property);
        if (is_code(asking->code, of) &&
            code_has(row, year, property != NULL ? property : followed->join->property, NULL))
            return true;
    }
    return false;
}

/* Whether all courses with the property lead to one answer. */
static bool leads_to_one(const struct asking *asking, const char *property)
{
    const struct codeset *set = asking->followed->set;
    struct targets first = {{NULL}}, to;
    bool any = false;
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *course = &set->codes[i];
        if (!is_code(asking->code, code_property(course, asking->followed->join->property)) ||
            !code_has(course, asking->open->year, property, NULL))
            continue;
        if (!tables_say(asking, course->value, &to) ||
            (any && !same_targets(&first, &to, asking->open->map->output_count)))
            return false;
        first = to;
        any = true;
    }
    return any;
}

/* The classes of the row; of a code that is longer than any, none. */
static const bool *classes_of(const struct asking *asking)
{
    const struct rule_join *join = asking->followed->join;
    const struct open_row *open = asking->open;
    const struct slice code = asking->code;
    if (code.length > SILENCE_CODE)
        return NULL;
    const uint64_t hash = XXH3_64bits_withSeed(
        code.at, code.length, (uint64_t)(uintptr_t)open->row + (uint64_t)open->year);
    struct silence *silence = &asking->diff->courses->silences[hash % SILENCE_SLOTS];
    if (silence->row == open->row && silence->year == open->year &&
        silence->length == code.length && memcmp(silence->code, code.at, code.length) == 0)
        return silence->classes;
    free(silence->classes);
    *silence = (struct silence){.row = open->row, .year = open->year, .length = code.length};
    memcpy(silence->code, code.at, code.length);
    silence->classes = cte_zalloc(join->required_count + 1, sizeof *silence->classes);
    for (size_t i = 0; i < join->required_count; i++)
        silence->classes[i] = leads_to_one(asking, join->required[i]);
    return silence->classes;
}

/* Whether the course is of a class of which everybody must have one, and which tells nobody apart.
 */
static bool tells_nobody_apart(const struct asking *asking, const char *course)
{
    const struct rule_join *join = asking->followed->join;
    const bool *classes = classes_of(asking);
    for (size_t i = 0; classes != NULL && i < join->required_count; i++) {
        if (classes[i] && counts(asking, course, asking->open->year, join->required[i]))
            return true;
    }
    return false;
}

static bool is_same_course(const struct section *a, const struct section *b)
{
    return strcmp(a->course, b->course) == 0 && strcmp(a->local, b->local) == 0 &&
           strcmp(a->school, b->school) == 0 && strcmp(a->lea, b->lea) == 0;
}

/* The first section of this link, in the order of links. */
static size_t first_section(const struct followed *followed, uint64_t link)
{
    size_t low = 0, high = followed->section_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (followed->sections[middle].link < link)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same for what was taken by the students of a group. */
static size_t first_taken(const struct followed *followed, uint64_t group)
{
    size_t low = 0, high = followed->taken_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (followed->taken[middle].group < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The completed courses that count to the record's code, each once. More than MOST_COURSES are
 * none. */
static size_t list_completed(const struct asking *asking, uint64_t group,
                             const struct section **found)
{
    const struct followed *followed = asking->followed;
    size_t count = 0;
    for (size_t t = first_taken(followed, group);
         t < followed->taken_count && followed->taken[t].group == group; t++) {
        const struct taken *taken = &followed->taken[t];
        if (taken->grade == GRADE_NOT_COMPLETED)
            continue;
        for (size_t s = first_section(followed, taken->link);
             s < followed->section_count && followed->sections[s].link == taken->link; s++) {
            const struct section *section = &followed->sections[s];
            size_t known = 0;
            while (known < count && !is_same_course(found[known], section))
                known++;
            if (known < count || !counts(asking, section->course, asking->taken_in, NULL))
                continue;
            if (count == MOST_COURSES)
                return 0;
            found[count++] = section;
        }
    }
    return count;
}

/* Whether all that have the property (NULL: all) say one thing, and what. */
static bool speak_alike(const struct asking *asking, const struct voice *voices, size_t count,
                        const char *property, struct targets *to)
{
    const struct voice *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (property != NULL &&
            !counts(asking, voices[i].section->course, asking->taken_in, property))
            continue;
        if (first != NULL &&
            !same_targets(&first->to, &voices[i].to, asking->open->map->output_count))
            return false;
        first = &voices[i];
    }
    if (first != NULL)
        *to = first->to;
    return first != NULL;
}

enum courses_say ask_courses(struct diff *diff, const struct open_row *open, struct targets *to)
{
    const struct followed *followed = NULL;
    if (!diff->knows_courses)
        return COURSES_UNKNOWN;
    for (size_t j = 0; j < diff->courses->count; j++) {
        const struct followed *one = &diff->courses->followed[j];
        if (strcmp(one->join->id, open->map->evidence) == 0 &&
            strcmp(one->join->record, kind_type(open->kind)) == 0)
            followed = one;
    }
    if (followed == NULL)
        return COURSES_NOTHING;
    const struct rule_join *join = followed->join;
    struct slice year = role_value(open->kind, open->fields, ROLE_ACADEMIC_YEAR);
    const struct asking asking = {diff, followed, open,
                                  value_of(open->kind, open->fields, join->code),
                                  academic_year(year.at, year.length)};
    const struct section *completed[MOST_COURSES];
    struct voice voices[MOST_COURSES];
    size_t count = 0;
    const size_t listed = list_completed(
        &asking, hash_of(open->kind, open->fields, join->group, join->group_count), completed);
    for (size_t i = 0; i < listed; i++) {
        voices[count].section = completed[i];
        if (!tells_nobody_apart(&asking, completed[i]->course) &&
            (tables_say(&asking, completed[i]->course, &voices[count].to) ||
             decision_says(&asking, completed[i], &voices[count].to)))
            count++;
    }
    if (count == 0)
        return COURSES_NOTHING;
    bool is_decided = speak_alike(&asking, voices, count, NULL, to);
    for (size_t p = 0; p < join->prefer_count && !is_decided; p++)
        is_decided = speak_alike(&asking, voices, count, join->prefer[p], to);
    if (is_decided)
        return COURSES_DECIDE;
    /* Where only the finer codes differ, what all share stands. */
    for (size_t i = 1; i < count; i++) {
        if (strcmp(voices[0].to.code[0], voices[i].to.code[0]) != 0)
            return COURSES_NOTHING;
    }
    *to = (struct targets){{voices[0].to.code[0]}};
    return COURSES_DECIDE;
}
