#include "stages/cte-index/collect.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A hash of hashes: open addressing, heads of chains by number + 1. */
struct lookup {
    uint32_t *slots;
    size_t mask;
};

static struct lookup make_lookup(size_t count)
{
    size_t room = 16;
    while (room < count * 2)
        room *= 2;
    return (struct lookup){cte_zalloc(room, sizeof(uint32_t)), room - 1};
}

static int compare_courses(const void *a, const void *b)
{
    const struct join_course *x = a, *y = b;
    if (x->link != y->link)
        return x->link < y->link ? -1 : 1;
    if (x->course != y->course)
        return x->course < y->course ? -1 : 1;
    if (x->local != y->local)
        return x->local < y->local ? -1 : 1;
    return (x->lea > y->lea) - (x->lea < y->lea);
}

/* The first of the courses with this link, or the count. Several teachers of one section give it
 * several times. */
static size_t find_course(const struct join_data *join, const struct lookup *lookup, uint64_t link)
{
    for (size_t at = link & lookup->mask; lookup->slots[at] != 0; at = (at + 1) & lookup->mask) {
        size_t number = lookup->slots[at] - 1;
        if (join->courses[number].link == link)
            return number;
    }
    return join->course_count;
}

/* The year a scope ends with. */
static int scope_year(const struct collecting *collecting, uint32_t scope)
{
    const char *text = collecting->scopes.items[scope], *caret = strrchr(text, '^');
    return academic_year(caret + 1, strlen(caret + 1));
}

/* Adds a course to a record, once. */
static void add_course(struct join_data *join, struct join_record *record, uint32_t course,
                       uint32_t grade)
{
    for (int32_t n = record->first; n >= 0; n = join->nodes[n].next) {
        const struct join_course *known = &join->courses[join->nodes[n].course],
                                 *wanted = &join->courses[course];
        if (known->course == wanted->course && known->local == wanted->local &&
            known->lea == wanted->lea && join->nodes[n].grade == grade)
            return;
    }
    GROW_BY_HALF(join->nodes, join->node_count, join->node_room);
    join->nodes[join->node_count] = (struct course_node){course, grade, record->first};
    record->first = (int32_t)join->node_count++;
}

static void follow_join(struct collecting *collecting, uint32_t number)
{
    struct join_data *join = &collecting->joins[number];
    const struct rule_join *about = &collecting->rules->joins[number];
    const struct codeset *set;
    if (join->record_count == 0 || join->step_count == 0 || join->course_count == 0 ||
        tables_codeset(&collecting->tables, about->code_set, &set, &collecting->error) != CTE_OK)
        return;
    qsort(join->courses, join->course_count, sizeof *join->courses, compare_courses);
    struct lookup courses = make_lookup(join->course_count);
    for (size_t i = join->course_count; i-- > 0;) {
        if (i > 0 && join->courses[i - 1].link == join->courses[i].link)
            continue;
        size_t at = join->courses[i].link & courses.mask;
        while (courses.slots[at] != 0)
            at = (at + 1) & courses.mask;
        courses.slots[at] = (uint32_t)i + 1;
    }
    /* Records of one student hang on one slot, by a chain. */
    struct lookup students = make_lookup(join->record_count);
    int64_t *next = cte_alloc(join->record_count * sizeof *next);
    for (size_t i = 0; i < join->record_count; i++) {
        size_t at = join->records[i].group & students.mask;
        while (students.slots[at] != 0 &&
               join->records[students.slots[at] - 1].group != join->records[i].group)
            at = (at + 1) & students.mask;
        next[i] = (int64_t)students.slots[at] - 1;
        students.slots[at] = (uint32_t)i + 1;
    }
    for (size_t s = 0; s < join->step_count; s++) {
        const struct join_step *step = &join->steps[s];
        size_t at = step->group & students.mask;
        while (students.slots[at] != 0 &&
               join->records[students.slots[at] - 1].group != step->group)
            at = (at + 1) & students.mask;
        if (students.slots[at] == 0)
            continue;
        for (size_t c = find_course(join, &courses, step->link);
             c < join->course_count && join->courses[c].link == step->link; c++) {
            const char *course = collecting->texts.items[join->courses[c].course];
            for (int64_t r = (int64_t)students.slots[at] - 1; r >= 0; r = next[r]) {
                struct join_record *record = &join->records[r];
                if (codeset_has(set, slice_of(course), scope_year(collecting, record->scope),
                                about->property, collecting->texts.items[record->code]))
                    add_course(join, record, (uint32_t)c, step->grade);
            }
        }
    }
    free(courses.slots);
    free(students.slots);
    free(next);
}

static bool has_property(const struct collecting *collecting, const struct codeset *set,
                         uint32_t course, int year, const char *property, const char *value)
{
    const char *code = collecting->texts.items[course];
    return codeset_has(set, slice_of(code), year, property, value);
}

static bool grade_counts(const struct collecting *collecting, const struct rule *rule,
                         uint32_t grade)
{
    for (size_t i = 0; i < rule->grade_count; i++) {
        if (strcmp(rule->grades_not[i], collecting->texts.items[grade]) == 0)
            return false;
    }
    return true;
}

/* True when some course of the code set has the code as its property: a code that none has (a
 * Career Cluster of a record that was recoded before) has no courses to be looked for. */
static bool has_courses(const struct codeset *set, const char *property, const char *code)
{
    for (size_t i = 0; i < set->code_count; i++) {
        const char *found = code_property(&set->codes[i], property);
        if (found != NULL && strcmp(found, code) == 0)
            return true;
    }
    return false;
}

static void judge_contains(struct collecting *collecting, uint32_t r)
{
    const struct rule *rule = &collecting->rules->rules[r];
    struct join_data *join = &collecting->joins[rule->join - collecting->rules->joins];
    const struct codeset *set;
    if (tables_codeset(&collecting->tables, rule->join->code_set, &set, &collecting->error) !=
        CTE_OK)
        return;
    if (join->step_count == 0 || join->course_count == 0)
        return; /* without the files of the join, nothing is known of anybody's courses */
    uint32_t file = 0;
    for (size_t i = 0; i < join->record_count; i++) {
        const struct join_record *record = &join->records[i];
        while (i >= join->file_ends[file])
            file++;
        int year = scope_year(collecting, record->scope);
        if ((year != YEAR_NONE && (year < rule->first || year > rule->last)) ||
            !scope_has(collecting, record->scope, rule->join->in) ||
            !scope_has(collecting, record->scope, rule->join->through))
            continue;
        if (record->first < 0 &&
            !has_courses(set, rule->join->property, collecting->texts.items[record->code]))
            continue;
        bool found = false;
        for (int32_t n = record->first; n >= 0 && !found; n = join->nodes[n].next)
            found = has_property(collecting, set, join->courses[join->nodes[n].course].course, year,
                                 rule->property, rule->value) &&
                    grade_counts(collecting, rule, join->nodes[n].grade);
        if (!found)
            add_cross_finding(collecting, file, record->line, r, 0);
    }
}

void follow_joins(struct collecting *collecting)
{
    for (uint32_t j = 0; j < collecting->rules->join_count; j++)
        follow_join(collecting, j);
    for (uint32_t r = 0; r < collecting->rules->rule_count; r++) {
        if (collecting->rules->rules[r].kind == RULE_CONTAINS)
            judge_contains(collecting, r);
    }
}

/* The record of a line; records of a file stand in the order of lines. */
static const struct join_record *find_record(const struct join_data *join, uint32_t file,
                                             uint32_t line)
{
    size_t low = file > 0 ? join->file_ends[file - 1] : 0, high = join->file_ends[file];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (join->records[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < join->file_ends[file] && join->records[low].line == line ? &join->records[low]
                                                                          : NULL;
}

/* Courses in the order of their codes, so that the index does not depend on the order of the files.
 */
struct listed {
    const char *course, *local, *lea;
    enum grade_meaning grade;
};

enum { MAX_LISTED = 512 };

static int compare_places(const struct listed *a, const struct listed *b)
{
    int order = strcmp(a->course, b->course);
    if (order == 0)
        order = strcmp(a->local, b->local);
    return order != 0 ? order : strcmp(a->lea, b->lea);
}

/* Among the records of one course, a grade that is known to mean completed comes first. */
static int compare_listed(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int order = compare_places(x, y);
    return order != 0 ? order : (x->grade > y->grade) - (x->grade < y->grade);
}

/* The courses that the record's student completed, each once; returns how many. */
static size_t list_completed(const struct collecting *collecting, const struct join_data *join,
                             const struct rule_join *about, const struct join_record *record,
                             struct listed *courses)
{
    size_t count = 0, kept = 0;
    for (int32_t n = record->first; n >= 0 && count < MAX_LISTED; n = join->nodes[n].next) {
        const struct join_course *course = &join->courses[join->nodes[n].course];
        const char *grade = collecting->texts.items[join->nodes[n].grade];
        enum grade_meaning meaning = join_grade(about, grade, strlen(grade));
        if (meaning != GRADE_NOT_COMPLETED)
            courses[count++] = (struct listed){collecting->texts.items[course->course],
                                               collecting->texts.items[course->local],
                                               collecting->texts.items[course->lea], meaning};
    }
    qsort(courses, count, sizeof *courses, compare_listed);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_places(&courses[kept - 1], &courses[i]) != 0)
            courses[kept++] = courses[i];
    }
    return kept;
}

/* The flags of a course: which preferred properties it has, and whether its grade is unknown. */
static unsigned course_flags(const struct rule_join *about, const struct codeset *set,
                             const struct listed *course, int year)
{
    unsigned flags = course->grade == GRADE_UNKNOWN ? INDEX_GRADE_UNKNOWN : 0;
    for (size_t p = 0; p < about->prefer_count && p < INDEX_MAX_PREFERRED; p++) {
        if (codeset_has(set, slice_of(course->course), year, about->prefer[p], NULL))
            flags |= 1U << p;
    }
    return flags;
}

char *evidence_text(const struct collecting *collecting, uint32_t file, uint32_t line)
{
    for (uint32_t j = 0; j < collecting->rules->join_count; j++) {
        const struct join_data *join = &collecting->joins[j];
        const struct rule_join *about = &collecting->rules->joins[j];
        const struct join_record *record = find_record(join, file, line);
        const struct codeset *set = NULL;
        struct cte_error ignored = {0};
        if (record == NULL || record->first < 0 ||
            tables_codeset((struct tables *)(uintptr_t)&collecting->tables, about->code_set, &set,
                           &ignored) != CTE_OK)
            continue;
        struct listed courses[MAX_LISTED];
        size_t count = list_completed(collecting, join, about, record, courses);
        int year = scope_year(collecting, record->scope);
        if (count == 0)
            continue;
        if (count > INDEX_MAX_EVIDENCE)
            /* more than can be weighed: nobody's courses, and not to be cut */
            return cte_format("!%zu", count);
        char *text = cte_alloc(count * 3 * 192 + 1), *to = text;
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                *to++ = ',';
            const char *parts[3] = {courses[i].course, courses[i].local, courses[i].lea};
            for (size_t p = 0; p < 3; p++) {
                size_t length = strlen(parts[p]);
                to = index_encode(to, parts[p], length < 63 ? length : 63);
                *to++ = ':';
            }
            to = put_number(to, course_flags(about, set, &courses[i], year));
        }
        *to = '\0';
        return text;
    }
    return NULL;
}
