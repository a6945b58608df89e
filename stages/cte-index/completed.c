/* The courses that a student completed, as evidence for the record of its pathway. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

static int compare_courses(const void *a, const void *b)
{
    const struct completed_course *x = a, *y = b;
    int order = strcmp(x->course, y->course);
    if (order == 0)
        order = strcmp(x->local, y->local);
    return order != 0 ? order : strcmp(x->lea, y->lea);
}

size_t list_completed(const struct all_facts *all, const struct fact *facts, size_t count,
                      struct completed_course courses[MAX_COMPLETED])
{
    size_t kept = 0;
    uint32_t join = UINT32_MAX;
    for (size_t i = 0; i < count; i++)
        join =
            facts[i].part[3] >> COMPLETED_FLAGS < join ? facts[i].part[3] >> COMPLETED_FLAGS : join;
    for (size_t i = 0; i < count && kept < MAX_COMPLETED; i++) {
        const uint32_t *part = facts[i].part, *last = i > 0 ? facts[i - 1].part : NULL;
        if (part[3] >> COMPLETED_FLAGS != join)
            continue;
        /* Among the records of one course, a grade that is known to mean completed comes first. */
        if (last != NULL && last[0] == part[0] && last[1] == part[1] && last[2] == part[2] &&
            last[3] >> COMPLETED_FLAGS == join)
            continue;
        courses[kept++] = (struct completed_course){text_of(all, part[0]), text_of(all, part[1]),
                                                    text_of(all, part[2]),
                                                    part[3] & ((1U << COMPLETED_FLAGS) - 1)};
    }
    qsort(courses, kept, sizeof *courses, compare_courses);
    return kept;
}
