/* Whether a source adds up: each record in one place, and each value where it was, or changed as a
 * change line says. */
#include "pipeline/cte-run/run.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct field_sum *find_sum(struct run_source *source, const char *type, const char *number)
{
    for (size_t i = 0; i < source->field_sum_count; i++) {
        if (strcmp(source->field_sums[i].type, type) == 0 &&
            strcmp(source->field_sums[i].number, number) == 0)
            return &source->field_sums[i];
    }
    source->field_sums =
        cte_realloc(source->field_sums, (source->field_sum_count + 1) * sizeof *source->field_sums);
    struct field_sum *sum = &source->field_sums[source->field_sum_count++];
    *sum = (struct field_sum){.type = type, .number = number};
    return sum;
}

static const char *const points[SUM_POINTS] = {"read",    "recoded", "validated",
                                               "written", "moved",   "moved-written"};

static void gather(struct run_source *source)
{
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, "fieldsum") != 0)
            continue;
        struct field_sum *sum = find_sum(source, line->fields[1], line->fields[2]);
        for (int point = 0; point < SUM_POINTS; point++) {
            if (strcmp(line->fields[0], points[point]) == 0)
                /* several kinds of record have one type */
                sum->at[point] += strtoull(line->fields[3], NULL, 16);
        }
        sum->is_personal = sum->is_personal || strcmp(line->fields[4], "yes") == 0;
    }
}

/* By type and number, so that the order does not depend on which record came first. */
static int compare_sums(const void *a, const void *b)
{
    const struct field_sum *x = a, *y = b;
    int order = strcmp(x->type, y->type);
    return order != 0 ? order : strverscmp(x->number, y->number);
}

/* What each stage made of the sums before it, and who is to blame where that is not so. */
static int check_field(const struct run_source *source, const struct field_sum *sum,
                       struct cte_error *error)
{
    const struct {
        const char *stage;
        unsigned long long is, should_be;
    } steps[] = {
        {stage_names[STAGE_RECODE], sum->at[SUM_RECODED], sum->at[SUM_READ] + sum->at[SUM_MOVED]},
        {stage_names[STAGE_VALIDATE], sum->at[SUM_VALIDATED], sum->at[SUM_RECODED]},
        {stage_names[STAGE_WRITE], sum->at[SUM_WRITTEN],
         sum->at[SUM_READ] + sum->at[SUM_MOVED_WRITTEN]},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].is == steps[i].should_be)
            continue;
        if (sum->type[0] == '\0')
            return cte_fail(error, CTE_BUG,
                            "%s: records that could not be read are not after %s what they were "
                            "before it; nothing is published; "
                            "this is a fault of the program, report it",
                            source->shown, steps[i].stage);
        return cte_fail(error, CTE_BUG,
                        "%s: field %s of %s: values were lost or altered by %s without a change "
                        "that says so; nothing is published; this is a "
                        "fault of the program, report it",
                        source->shown, sum->number, sum->type, steps[i].stage);
    }
    return CTE_OK;
}

int check_balance(struct run_source *source, struct cte_error *error)
{
    /* cte-read's own count is the other side of the sum: what was read must have arrived. */
    static const char records[] = "records=";
    const struct summary_line *counts = summary_find(source, "counts");
    unsigned long long read = 0;
    for (size_t i = 0; counts != NULL && i < counts->count; i++) {
        if (strncmp(counts->fields[i], records, sizeof records - 1) == 0)
            read = strtoull(counts->fields[i] + sizeof records - 1, NULL, 10);
    }
    if (read != source->read ||
        read != source->written + source->merged + source->rejected + source->held)
        return cte_fail(error, CTE_BUG,
                        "%s: the sums do not add up: %llu read, %llu written, %llu merged, %llu "
                        "rejected, %llu held",
                        source->shown, read, source->written, source->merged, source->rejected,
                        source->held);
    if ((source->status == CTE_SOME_LEFT) != (source->written < source->read))
        return cte_fail(
            error, CTE_BUG,
            "%s: %s ended with status %d, which its sums do not say; nothing is published",
            source->shown, stage_names[STAGE_WRITE], source->status);
    gather(source);
    if (source->field_sum_count == 0)
        return cte_fail(error, CTE_BUG,
                        "%s: the stages told no sums of fields; nothing is published",
                        source->shown);
    qsort(source->field_sums, source->field_sum_count, sizeof *source->field_sums, compare_sums);
    for (size_t i = 0; i < source->field_sum_count; i++) {
        if (check_field(source, &source->field_sums[i], error) != CTE_OK)
            return error->status;
    }
    return CTE_OK;
}
