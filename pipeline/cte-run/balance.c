/* Whether a source adds up: each record in one place, and each value where it was, or changed as a
 * change line says. */
#include "pipeline/cte-run/run.h"
#include "codetables/base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The sums of one field at the points of the chain; pipeline/stream/field_sums.h says what they
 * are. */
enum sum_point {
    SUM_READ,
    SUM_RECODED,
    SUM_VALIDATED,
    SUM_WRITTEN,
    SUM_MOVED,
    SUM_MOVED_WRITTEN,
    SUM_POINTS
};

static const char *const points[SUM_POINTS] = {"read",    "recoded", "validated",
                                               "written", "moved",   "moved-written"};

struct field_sums {
    const char *type, *number;
    uint64_t at[SUM_POINTS];
    bool is_personal;
};

/* The sums of all fields, by the numbers of type and number in `keys`. */
struct balance {
    struct field_sums *fields;
    size_t room;
    struct map keys;
};

static struct field_sums *find_field(struct balance *balance, const struct fact_field_sum *fact)
{
    struct text key = {0};
    text_add_part(&key, fact->type);
    text_add(&key, fact->number);
    const size_t known = balance->keys.count,
                 number = map_add(&balance->keys, key.bytes, key.length);
    text_free(&key);
    if (number == known) {
        GROW(balance->fields, known, balance->room);
        balance->fields[known] = (struct field_sums){.type = fact->type, .number = fact->number};
    }
    return &balance->fields[number];
}

static void gather_sums(struct balance *balance, const struct account *account)
{
    for (const struct fact_field_sum *fact = account_first(account, FACT_FIELD_SUM); fact != NULL;
         fact = account_next(account, FACT_FIELD_SUM, fact)) {
        struct field_sums *sums = find_field(balance, fact);
        for (int point = 0; point < SUM_POINTS; point++) {
            if (strcmp(fact->point, points[point]) == 0)
                sums->at[point] = fact->sum;
        }
        sums->is_personal = sums->is_personal || fact->is_personal;
    }
}

/* By type and number, so that the order does not depend on which record came first. */
static int compare_fields(const void *a, const void *b)
{
    const struct field_sums *x = a, *y = b;
    int order = strcmp(x->type, y->type);
    return order != 0 ? order : strverscmp(x->number, y->number);
}

/* What each stage made of the sums before it, and who is to blame where that is not so. */
static int check_field(const struct run_source *source, const struct field_sums *sums,
                       struct cte_error *error)
{
    const struct {
        const char *stage;
        uint64_t is, should_be;
    } steps[] = {
        {stage_names[STAGE_RECODE], sums->at[SUM_RECODED],
         sums->at[SUM_READ] + sums->at[SUM_MOVED]},
        {stage_names[STAGE_VALIDATE], sums->at[SUM_VALIDATED], sums->at[SUM_RECODED]},
        {stage_names[STAGE_WRITE], sums->at[SUM_WRITTEN],
         sums->at[SUM_READ] + sums->at[SUM_MOVED_WRITTEN]},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].is == steps[i].should_be)
            continue;
        if (sums->type[0] == '\0')
            return cte_fail(error, CTE_BUG,
                            "%s: records that could not be read are not after %s what they were "
                            "before it; nothing is published; "
                            "this is a fault of the program, report it",
                            source->shown, steps[i].stage);
        return cte_fail(error, CTE_BUG,
                        "%s: field %s of %s: values were lost or altered by %s without a change "
                        "that says so; nothing is published; this is a "
                        "fault of the program, report it",
                        source->shown, sums->number, sums->type, steps[i].stage);
    }
    return CTE_OK;
}

/* What the manifest tells of a field. The sum of a personal field is a checksum of students: one
 * could be found by trying values, the more so between two runs that differ by that one person. So
 * of these only stands that they agree; a run in which they do not is never published. */
static void add_field(struct account *account, const struct field_sums *sums)
{
    struct fact_field field = {.type = sums->type,
                               .number = sums->number,
                               .changed = sums->at[SUM_MOVED] != 0 ? "yes" : "no",
                               .personal = sums->is_personal ? "yes" : NULL};
    const char **const texts[] = {&field.read, &field.recoded, &field.validated, &field.written};
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !sums->is_personal; i++)
        *texts[i] = arena_format(&account->memory, "%016" PRIx64, sums->at[SUM_READ + i]);
    account_add(account, FACT_FIELD, &field);
}

static int check_fields(struct run_source *source, struct balance *balance, struct cte_error *error)
{
    gather_sums(balance, source->account);
    const size_t count = balance->keys.count;
    if (count == 0)
        return cte_fail(error, CTE_BUG,
                        "%s: the stages told no sums of fields; nothing is published",
                        source->shown);
    qsort(balance->fields, count, sizeof *balance->fields, compare_fields);
    for (size_t i = 0; i < count && error->status == CTE_OK; i++) {
        if (check_field(source, &balance->fields[i], error) == CTE_OK)
            add_field(source->account, &balance->fields[i]);
    }
    account_settle(source->account);
    return error->status;
}

/* What the first stage counted itself. */
static uint64_t count_read(const struct account *account)
{
    const struct fact_counts *counts = account_first(account, FACT_COUNTS);
    for (size_t i = 0; counts != NULL && i < counts->numbers.count; i++) {
        if (strcmp(counts->numbers.items[i].name, "records") == 0)
            return counts->numbers.items[i].number;
    }
    return 0;
}

int check_balance(struct run_source *source, struct cte_error *error)
{
    /* cte-read's own count is the other side of the sum: what was read must have arrived. */
    const unsigned long long read = count_read(source->account);
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
    struct balance balance = {0};
    const int status = check_fields(source, &balance, error);
    map_free(&balance.keys);
    free(balance.fields);
    return status;
}
