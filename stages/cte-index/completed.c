/* The courses that a student completed, as evidence for the record of its pathway. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/index.h"

/* A record, by its number; those of a source stand in their order. */
static const struct join_record *find_record(const struct across_join *join, uint32_t source,
                                             uint32_t record)
{
    const struct join_record *records = join->found.records.items;
    size_t low = source > 0 ? join->record_ends[source - 1] : 0;
    const size_t end = join->record_ends[source];
    for (size_t high = end; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (records[middle].record < record)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && records[low].record == record ? &records[low] : NULL;
}

/* A course of a record, with what its grade means. */
struct listed {
    const char *course, *local, *lea;
    enum grade_meaning grade;
};

static int compare_courses(const struct listed *a, const struct listed *b)
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
    int order = compare_courses(x, y);
    return order != 0 ? order : (x->grade > y->grade) - (x->grade < y->grade);
}

/* The record's courses that are not known to be left uncompleted, each once; returns how many. */
static size_t list_courses(const struct all_facts *all, uint32_t number,
                           const struct join_record *record, struct listed *courses)
{
    const struct across_join *join = &all->of_joins[number];
    size_t count = 0, kept = 0;
    for (int32_t n = record->first; n >= 0 && count < MAX_COMPLETED;
         n = join->nodes.items[n].next) {
        const struct course_node *node = &join->nodes.items[n];
        const struct join_course *course = &join->found.courses.items[node->course];
        const char *grade = text_of(all, node->grade);
        const enum grade_meaning meaning =
            join_grade(&all->rules->joins[number], grade, strlen(grade));
        if (meaning != GRADE_NOT_COMPLETED)
            courses[count++] =
                (struct listed){text_of(all, course->course), text_of(all, course->local),
                                text_of(all, course->lea), meaning};
    }
    qsort(courses, count, sizeof *courses, compare_listed);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_courses(&courses[kept - 1], &courses[i]) != 0)
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

size_t list_completed(const struct all_facts *all, uint32_t source, uint32_t record,
                      struct completed_course courses[MAX_COMPLETED])
{
    for (uint32_t j = 0; j < all->rules->join_count; j++) {
        const struct across_join *join = &all->of_joins[j];
        const struct join_record *found = find_record(join, source, record);
        if (found == NULL || found->first < 0)
            continue;
        struct listed listed[MAX_COMPLETED];
        const size_t count = list_courses(all, j, found, listed);
        const int year = scope_year(all, found->scope);
        for (size_t i = 0; i < count; i++)
            courses[i] = (struct completed_course){
                listed[i].course, listed[i].local, listed[i].lea,
                course_flags(&all->rules->joins[j], join->set, &listed[i], year)};
        if (count > 0)
            return count;
    }
    return 0;
}
