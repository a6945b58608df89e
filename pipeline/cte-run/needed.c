#include "pipeline/cte-run/run.h"
#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/log.h"
#include "codetables/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEA, YEAR, RECORD, SCHOOL, CODE, LOCAL_COURSE, CHOICES, QUESTION_FIELDS };

static bool same_question(const struct question *a, const struct question *b)
{
    for (size_t i = 0; i < CHOICES; i++) {
        if (strcmp(a->fields[i], b->fields[i]) != 0)
            return false;
    }
    return true;
}

/* Same questions together. */
static int compare_texts(const void *a, const void *b)
{
    const struct question *x = a, *y = b;
    int order = 0;
    for (size_t i = 0; i < CHOICES && order == 0; i++)
        order = strcmp(x->fields[i], y->fields[i]);
    return order;
}

/* Most records first; else in the order of the texts, so that nothing depends on the order of the
 * sources. */
static int compare_records(const void *a, const void *b)
{
    const struct question *x = a, *y = b;
    return x->records != y->records ? (x->records < y->records ? 1 : -1) : compare_texts(a, b);
}

static void put_cell(struct output *output, const char *text, const char *after)
{
    output_cell(output, text, strlen(text));
    output_text(output, after);
}

struct question *collect_needed(const struct run *run, size_t *count)
{
    struct question *questions = NULL;
    size_t found = 0;
    *count = 0;
    for (size_t s = 0; s < run->source_count; s++) {
        for (size_t i = 0; i < run->sources[s].line_count; i++) {
            const struct summary_line *line = &run->sources[s].lines[i];
            if (strcmp(line->word, "needed") != 0)
                continue;
            questions = cte_realloc(questions, (found + 1) * sizeof *questions);
            questions[found++] =
                (struct question){line->fields + 1, strtoull(line->fields[0], NULL, 10)};
        }
    }
    if (found == 0)
        return NULL;
    qsort(questions, found, sizeof *questions, compare_texts);
    for (size_t i = 0; i < found; i++) {
        if (*count > 0 && same_question(&questions[*count - 1], &questions[i]))
            questions[*count - 1].records += questions[i].records;
        else
            questions[(*count)++] = questions[i];
    }
    qsort(questions, *count, sizeof *questions, compare_records);
    return questions;
}

int write_needed(struct run *run)
{
    size_t count;
    struct output output;
    struct question *questions = collect_needed(run, &count);
    if (count == 0)
        return CTE_OK;
    int status = begin_document(run, &output, "", "decisions-needed.csv");
    if (status == CTE_OK) {
        output_text(&output, "lea,year,record,school,pathway,local_course,code,decided_by,decided_"
                             "on,reason,records,choices\r\n");
        for (size_t i = 0; i < count; i++) {
            for (size_t f = LEA; f <= LOCAL_COURSE; f++)
                put_cell(&output, questions[i].fields[f], ",");
            char records[32];
            snprintf(records, sizeof records, ",,,,%llu,", questions[i].records);
            output_text(&output, records);
            put_cell(&output, questions[i].fields[CHOICES], "\r\n");
        }
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
        for (size_t i = 0; i < source->line_count; i++) {
            const struct summary_line *line = &source->lines[i];
            if (strcmp(line->word, "unmapped") == 0) {
                codes += strtoull(line->fields[0], NULL, 10);
                unmapped += strtoull(line->fields[1], NULL, 10);
            } else if (strcmp(line->word, "found") == 0 &&
                       strcmp(line->fields[6], "undecided") == 0) {
                questions++;
            }
        }
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
