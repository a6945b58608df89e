/* cte-recode - recodes the records of a stream through crosswalks into a target layout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/program.h"
#include "stages/cte-recode/recode.h"
#include "codetables/base/memory.h"

static struct option_list crosswalk_ids;
static const char *target_id, *decisions_path, *index_path, *duplicates;

static struct program_option options[] = {
    {"crosswalk", 'x', OPTION_LIST, &crosswalk_ids, "ID[@VERSION]",
     "recode through this crosswalk; may be repeated, used in order"},
    {"target", 't', OPTION_TEXT, &target_id, "LAYOUT",
     "write records in this layout (default: the crosswalks', else their own)"},
    {"decisions", 'd', OPTION_TEXT, &decisions_path, "FILE",
     "what the LEA decided where a crosswalk leaves a choice (CSV or .xlsx)"},
    {"index", 'i', OPTION_TEXT, &index_path, "FILE",
     "what cte-index found across the records of whole files"},
    {"duplicates", 0, OPTION_TEXT, &duplicates, "hold|merge|keep-latest",
     "what becomes of records that the recode gives one key (default: hold)"},
};

static struct program program = {
    .name = "cte-recode",
    .synopsis = "[OPTION]... < STREAM > STREAM",
    .description = "Recodes the records of a stream. A record whose code the crosswalks decide "
                   "goes on in the target layout,\n"
                   "with a line for each field that changed; one they do not decide, and one that "
                   "asks for a delete, is held\n"
                   "as it was received, with the reason and the choices.",
    .exits = "0 done, 64 usage, 65 stream damaged, 74 read or write error, 78 code table or "
             "decisions",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .memory = (uint64_t)1 << 30,
};

static int follow_control(void *context, struct slice line, struct cte_error *error)
{
    struct recoding *recoding = context;
    return index_follow(&recoding->index, index_path, &recoding->rules->identity, line, error);
}

static int take_record(void *context, const struct record *record, struct stream_out *out,
                       struct cte_error *error)
{
    struct recoding *recoding = context;
    if (index_path != NULL)
        take_facts(recoding, record->number);
    if (record->state == STATE_RECEIVED && record->kind == NULL)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "standard input: a record that could not be read is not marked as rejected");
    if (record->state == STATE_RECEIVED)
        return recode_record(recoding, record);
    stream_pass_record(out, record, record->state);
    return CTE_OK;
}

/* What this program uses. Layouts are named by the one that reads or validates them. */
static void introduce(void *context, struct stream_out *out)
{
    const struct recoding *recoding = context;
    if (recoding->target != NULL)
        stream_introduce_table(out, program.name, &recoding->target->identity);
    stream_introduce_rest(out, program.name, &recoding->tables);
    if (decisions_path != NULL)
        stream_introduce_table(out, program.name, &recoding->decisions.identity);
}

static void put_counts(void *context, struct stream_out *out)
{
    struct recoding *recoding = context;
    char converted[48], held[48], merged[48], changed[48];
    put_tallies(recoding);
    snprintf(converted, sizeof converted, "converted=%llu",
             (unsigned long long)recoding->stream.converted);
    snprintf(held, sizeof held, "held=%llu", (unsigned long long)recoding->stream.held);
    snprintf(merged, sizeof merged, "merged=%llu", (unsigned long long)recoding->stream.merged);
    snprintf(changed, sizeof changed, "changes=%llu", (unsigned long long)recoding->stream.changed);
    stream_control(out, "counts", program.name, converted, held, merged, changed, NULL);
}

static void forget_stream(void *context)
{
    struct recoding *recoding = context;
    free(recoding->stream.cache);
    plans_free(&recoding->stream.plans);
    kinds_free(&recoding->stream.targets);
    arena_free(&recoding->stream.memory);
    recoding->stream = (struct recoded_stream){.last_year = NO_LAST_YEAR};
    for (size_t d = 0; d < recoding->decisions.count; d++)
        recoding->decision_tallies[d] = (struct decision_tally){.read_as = NULL};
    for (size_t m = 0; m < recoding->map_tally_count; m++)
        recoding->map_tallies[m].asked = recoding->map_tallies[m].answered = 0;
    tables_begin_source(&recoding->tables);
}

/* The crosswalks of the run, and a tally for each of their maps. */
static int load_crosswalks(struct recoding *recoding)
{
    for (size_t i = 0; i < crosswalk_ids.count; i++) {
        if (tables_crosswalk(&recoding->tables, crosswalk_ids.texts[i],
                             &recoding->crosswalks[recoding->crosswalk_count++],
                             &recoding->error) != CTE_OK)
            return recoding->error.status;
    }
    for (size_t c = 0; c < recoding->crosswalk_count; c++)
        recoding->map_tally_count += recoding->crosswalks[c]->map_count;
    recoding->map_tallies = cte_zalloc(recoding->map_tally_count, sizeof *recoding->map_tallies);
    for (size_t c = 0, t = 0; c < recoding->crosswalk_count; c++) {
        for (size_t m = 0; m < recoding->crosswalks[c]->map_count; m++)
            recoding->map_tallies[t++] = (struct map_tally){
                recoding->crosswalks[c], &recoding->crosswalks[c]->maps[m], 0, 0};
    }
    return CTE_OK;
}

/* The layout that was named, or that of the last crosswalk that names one. */
static int load_target(struct recoding *recoding)
{
    struct cte_error *error = &recoding->error;
    const char *target = target_id;
    for (size_t i = recoding->crosswalk_count; target == NULL && i-- > 0;)
        target = recoding->crosswalks[i]->target_layout;
    if (target == NULL)
        return CTE_OK;
    recoding->target = tables_layout(&recoding->tables, target, error);
    if (error->status == CTE_OK && recoding->target == NULL)
        cte_fail(error, CTE_BAD_TABLE, "there is no layout '%s' in %s/layouts", target,
                 program.codetables);
    return error->status;
}

static int load(struct recoding *recoding)
{
    struct cte_error *error = &recoding->error;
    if (tables_open(&recoding->tables, program.codetables, error) != CTE_OK ||
        tables_rules(&recoding->tables, &recoding->rules, error) != CTE_OK ||
        load_crosswalks(recoding) != CTE_OK || load_target(recoding) != CTE_OK)
        return error->status;
    if (decisions_path != NULL &&
        decisions_load(decisions_path, &recoding->decisions, error) != CTE_OK)
        return error->status;
    return check_decisions(recoding);
}

/* False when the option has no such value. */
static bool take_on_duplicate(enum on_duplicate *on_duplicate)
{
    static const char *const words[] = {[ON_DUPLICATE_HOLD] = "hold",
                                        [ON_DUPLICATE_MERGE] = "merge",
                                        [ON_DUPLICATE_KEEP_LATEST] = "keep-latest"};
    for (int i = ON_DUPLICATE_HOLD; duplicates != NULL && i <= ON_DUPLICATE_KEEP_LATEST; i++) {
        if (strcmp(words[i], duplicates) == 0) {
            *on_duplicate = (enum on_duplicate)i;
            return true;
        }
    }
    return duplicates == NULL;
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (first < argc)
        return program_usage(&program, "it reads standard input; '%s' is one argument too many",
                             argv[first]);
    if (crosswalk_ids.count > MAX_CROSSWALKS)
        return program_usage(&program, "at most %d crosswalks in one run", MAX_CROSSWALKS);
    static struct recoding recoding;
    struct cte_error *error = &recoding.error;
    recoding.stream.last_year = NO_LAST_YEAR;
    if (!take_on_duplicate(&recoding.on_duplicate))
        return program_usage(&program, "--duplicates is hold, merge or keep-latest, not '%s'",
                             duplicates);
    stage_begin(&recoding.pipe);
    if (load(&recoding) != CTE_OK) {
        stage_refuse(&recoding.pipe, error);
        return program_fail(&program, error);
    }
    if (stage_open(&recoding.pipe, &recoding.tables, error) != CTE_OK)
        return program_fail(&program, error);
    program_confine(&program, (const char *const[]){index_path, NULL}, NULL);
    const struct stage stage = {.name = program.name,
                                .context = &recoding,
                                .tables = &recoding.tables,
                                .introduce = introduce,
                                .control = follow_control,
                                .record = take_record,
                                .counts = put_counts,
                                .forget = forget_stream};
    const int status = stage_run(&recoding.pipe, &stage, error);
    return error->status != CTE_OK ? program_fail(&program, error) : status;
}
