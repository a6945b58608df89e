#include "pipeline/cte-run/run.h"
#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/log.h"
#include "codetables/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of what tells questions apart. */
static int compare_texts(const struct fact_needed *a, const struct fact_needed *b)
{
    const char *const texts[][2] = {{a->lea, b->lea},   {a->year, b->year},
                                    {a->type, b->type}, {a->school, b->school},
                                    {a->code, b->code}, {a->local, b->local}};
    int order = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && order == 0; i++)
        order = strcmp(texts[i][0], texts[i][1]);
    return order;
}

/* Most records first; else in the order of the texts, so that nothing depends on the order of the
 * sources. */
static int compare_records(const void *a, const void *b)
{
    const struct fact_needed *x = a, *y = b;
    return x->records != y->records ? (x->records < y->records ? 1 : -1) : compare_texts(x, y);
}

static void put_cell(struct output *output, const char *text, const char *after)
{
    output_cell(output, text, strlen(text));
    output_text(output, after);
}

struct fact_needed *collect_needed(const struct run *run, size_t *count)
{
    struct account all = {0};
    for (size_t s = 0; s < run->source_count; s++)
        account_join(&all, &run->sources[s].account, FACT_NEEDED);
    *count = account_count(&all, FACT_NEEDED);
    struct fact_needed *questions = NULL;
    if (*count > 0) {
        questions = cte_alloc(*count * sizeof *questions);
        memcpy(questions, account_first(&all, FACT_NEEDED), *count * sizeof *questions);
        qsort(questions, *count, sizeof *questions, compare_records);
    }
    account_free(&all);
    return questions;
}

/* A row of decisions-needed.csv. */
static void put_question(struct output *output, const struct fact_needed *question)
{
    const char *const cells[] = {question->lea,    question->year, question->type,
                                 question->school, question->code, question->local};
    char records[32];
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put_cell(output, cells[i], ",");
    snprintf(records, sizeof records, ",,,,%" PRIu64 ",", question->records);
    output_text(output, records);
    put_cell(output, question->choices, "\r\n");
}

int write_needed(struct run *run)
{
    size_t count;
    struct output output;
    struct fact_needed *questions = collect_needed(run, &count);
    if (count == 0)
        return CTE_OK;
    int status = begin_document(run, &output, "", "decisions-needed.csv");
    if (status == CTE_OK) {
        output_text(&output, "lea,year,record,school,pathway,local_course,code,decided_by,decided_"
                             "on,reason,records,choices\r\n");
        for (size_t i = 0; i < count; i++)
            put_question(&output, &questions[i]);
        status = end_document(run, &output, "");
    }
    free(questions);
    return status;
}

/* Whether a count passes "100" or "2.5%" of all. */
static bool passes(const char *limit, unsigned long long count, unsigned long long all)
{
    char *end;
    double number = strtod(limit, &end);
    return *end == '%' ? (double)count * 100 > number * (double)all : (double)count > number;
}

bool passes_threshold(struct run *run)
{
    unsigned long long read = 0, held = 0, unmapped = 0, codes = 0, questions = 0;
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        read += source->read;
        held += source->held;
        const struct fact_unmapped *counts = account_first(&source->account, FACT_UNMAPPED);
        codes += counts != NULL ? counts->codes : 0;
        unmapped += counts != NULL ? counts->records : 0;
        for (const struct fact_found *found = account_first(&source->account, FACT_FOUND);
             found != NULL; found = account_next(&source->account, FACT_FOUND, found))
            questions += found->waits == WAITS_FOR_DECISION;
    }
    bool passed = false;
    if (run->policy.max_held != NULL && passes(run->policy.max_held, held, read)) {
        log_say(run, "error", "over-limit", NULL,
                "%llu of %llu records are held, for %llu codes (%llu undecided, %llu unmapped); "
                "--max-held allows %s; nothing "
                "is published",
                held, read, questions + codes, questions, codes, run->policy.max_held);
        passed = true;
    }
    if (run->policy.max_unmapped != NULL && passes(run->policy.max_unmapped, unmapped, read)) {
        log_say(run, "error", "over-limit", NULL,
                "%llu of %llu records have one of %llu codes that no table answers for; "
                "--max-unmapped allows %s; nothing is "
                "published",
                unmapped, read, codes, run->policy.max_unmapped);
        passed = true;
    }
    return passed;
}
