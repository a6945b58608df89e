/* What was given and had no effect is told, each once: a typing error in an option or a table must
 * not look like agreement. */
#include <inttypes.h>
#include <string.h>

#include "pipeline/cte-diff/diff.h"

enum { MOST_TOLD = 20 };

static bool is_in_layouts(const struct tables *tables, const char *number)
{
    for (size_t l = 0; l < tables->layout_count; l++) {
        for (size_t r = 0; r < tables->layouts[l].record_count; r++) {
            if (record_field(&tables->layouts[l].records[r], number) >= 0)
                return true;
        }
    }
    return false;
}

int check_field_options(struct diff *diff)
{
    const struct option_list *lists[] = {&diff->only, &diff->ignore};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            if (!is_in_layouts(diff->tables, lists[l]->texts[i]))
                return cte_fail(&diff->error, CTE_USAGE,
                                "--%s: no layout in %s/layouts has a field %s; name its number",
                                l == 0 ? "only" : "ignore", diff->program->codetables,
                                lists[l]->texts[i]);
        }
    }
    return CTE_OK;
}

/* Calls the plans of both files one after the other; NULL at the end. */
static const struct diff_plan *plan_number(const struct diff *diff, size_t i)
{
    size_t before = diff->files[0].plan_count;
    if (i < before)
        return diff->files[0].plans[i];
    return i - before < diff->files[1].plan_count ? diff->files[1].plans[i - before] : NULL;
}

static bool is_in_files(const struct diff *diff, const char *number)
{
    const struct diff_plan *plan;
    for (size_t i = 0; (plan = plan_number(diff, i)) != NULL; i++) {
        if (record_field(plan->target, number) >= 0)
            return true;
    }
    return false;
}

static bool is_in_key(const struct diff *diff, const char *number)
{
    const struct diff_plan *plan;
    for (size_t i = 0; (plan = plan_number(diff, i)) != NULL; i++) {
        for (size_t k = 0; k < plan->key_count; k++) {
            if (strcmp(plan->record->fields[plan->key[k]].number, number) == 0)
                return true;
        }
    }
    return false;
}

static bool compares_any(const struct diff_plan *plan)
{
    for (size_t t = 0; t < plan->target->field_count; t++) {
        if (!plan->masked[t])
            return true;
    }
    return false;
}

static int report_unused_fields(struct diff *diff)
{
    const struct diff_plan *plan;
    bool any = false;
    for (size_t i = 0; (plan = plan_number(diff, i)) != NULL && !any; i++)
        any = compares_any(plan);
    if (!any && diff->files[0].plan_count + diff->files[1].plan_count > 0)
        return cte_fail(&diff->error, CTE_USAGE,
                        "--only and --ignore leave no field of these files to compare");
    for (size_t i = 0; i < diff->only.count; i++) {
        if (!is_in_files(diff, diff->only.texts[i]))
            program_say(diff->program, "--only %s: no record of these files has this field",
                        diff->only.texts[i]);
    }
    for (size_t i = 0; i < diff->ignore.count; i++) {
        const char *number = diff->ignore.texts[i];
        if (!is_in_files(diff, number))
            program_say(diff->program, "--ignore %s: no record of these files has this field",
                        number);
        if (is_in_key(diff, number))
            program_say(diff->program,
                        "--ignore %s: records are known by this field, so one with another value "
                        "is another record",
                        number);
    }
    for (size_t i = 0; (plan = plan_number(diff, i)) != NULL; i++) {
        bool is_told = compares_any(plan);
        for (size_t before = 0; before < i && !is_told; before++)
            is_told = strcmp(plan_number(diff, before)->moves[0].type, plan->moves[0].type) == 0;
        if (!is_told)
            program_say(diff->program, "%s: none of its fields is compared but the key",
                        plan->moves[0].type);
    }
    return CTE_OK;
}

/* Those of a run may be there for another of its sources; so may its decisions. The run itself
 * tells which had no effect. */
static void report_unused_crosswalks(const struct diff *diff)
{
    for (size_t c = 0; c < diff->crosswalk_count && diff->account.folder == NULL; c++) {
        bool is_used = false;
        for (size_t i = 0; i < diff->files[0].plan_count; i++) {
            const struct diff_plan *plan = diff->files[0].plans[i];
            for (size_t r = 0; r < plan->recoded_count; r++)
                is_used = is_used ||
                          crosswalk_map(diff->crosswalks[c],
                                        plan->target->fields[plan->recoded_field[r]].map) != NULL;
        }
        const struct table_identity *table = &diff->crosswalks[c]->identity;
        if (!is_used)
            program_say(diff->program, "crosswalk %s@%s: recodes no record of %s into %s",
                        table->id, table->version, diff->paths[0],
                        diff->target != NULL ? diff->target->identity.id : "its own layout");
    }
}

/* Whether the file holds records that the decision could be about. */
static bool concerns_file(const struct diff *diff, const struct decision *decision)
{
    for (size_t i = 0; i < diff->files[0].plan_count; i++) {
        const struct diff_plan *plan = diff->files[0].plans[i];
        bool is_local = plan->record->role_position[ROLE_LOCAL_COURSE] >= 0;
        if (plan->recoded_count > 0 && is_local == (decision->local_course[0] != '\0') &&
            (is_local || strcmp(plan->moves[0].type, decision->record) == 0))
            return true;
    }
    return false;
}

static void report_unused_decisions(const struct diff *diff)
{
    size_t untold = 0, told = 0;
    for (size_t d = 0; d < diff->decisions.count && diff->account.folder == NULL; d++) {
        const struct decision *decision = &diff->decisions.list[d];
        const struct decision_use *use = &diff->uses[d];
        bool is_idle =
            decision->code[0] != '\0' && use->records == 0 && concerns_file(diff, decision);
        if (!is_idle && use->overruled == 0)
            continue;
        if (told == MOST_TOLD) {
            untold++;
            continue;
        }
        told++;
        if (is_idle)
            program_say(diff->program,
                        "%s:%u: decides no record of %s; compare lea, year and %s with its records",
                        diff->decisions.identity.path, decision->line, diff->paths[0],
                        decision->local_course[0] != '\0' ? "local_course" : "school and pathway");
        else
            program_say(diff->program,
                        "%s:%u: explains nothing for %" PRIu64 " of %" PRIu64
                        " records: the crosswalk answers for them itself or does not "
                        "offer the code",
                        diff->decisions.identity.path, decision->line, use->overruled,
                        use->records);
    }
    if (untold > 0)
        program_say(diff->program, "%s: %zu more rows decide nothing or not all",
                    diff->decisions.identity.path, untold);
}

int report_unused(struct diff *diff)
{
    if (report_unused_fields(diff) != CTE_OK)
        return diff->error.status;
    report_unused_crosswalks(diff);
    report_unused_decisions(diff);
    return CTE_OK;
}
