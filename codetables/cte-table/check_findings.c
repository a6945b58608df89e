#include "codetables/cte-table/check_findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/text.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

/* Keeps FILE:LINE: WHAT, once. */
static void keep_sentence(struct findings *findings, enum severity severity, const char *sentence)
{
    const size_t number = findings->sentences.count;
    if (map_add_string(&findings->sentences, sentence) != number)
        return;
    const char *kept = map_key(&findings->sentences, number).at, *end = strstr(kept, ": ");
    const char *digits = end != NULL ? end : kept;
    while (digits > kept && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    const bool has_line = digits > kept && digits < end && digits[-1] == ':';
    const char *path_end = has_line ? digits - 1 : end != NULL ? end : kept;
    GROW(findings->list, findings->count, findings->room);
    findings->list[findings->count++] =
        (struct finding){.sentence = kept,
                         .path_length = (size_t)(path_end - kept),
                         .line = has_line ? strtol(digits, NULL, 10) : 0,
                         .number = number};
    findings->errors += severity == SEVERITY_ERROR;
    findings->warnings += severity == SEVERITY_WARNING;
}

static void report(struct findings *findings, enum severity severity, struct place place,
                   const char *format, va_list args) __attribute__((format(printf, 4, 0)));

static void report(struct findings *findings, enum severity severity, struct place place,
                   const char *format, va_list args)
{
    struct text sentence = {0};
    char *what = NULL;
    if (vasprintf(&what, format, args) < 0)
        cte_die("out of memory for a message");
    text_add(&sentence, place.path);
    if (place.line > 0)
        text_format(&sentence, ":%ld", place.line);
    text_add(&sentence, severity == SEVERITY_ERROR ? ": " : ": warning: ");
    if (place.row > 0)
        text_format(&sentence, "row %u: ", place.row);
    text_add(&sentence, what);
    keep_sentence(findings, severity, text_string(&sentence));
    text_free(&sentence);
    free(what);
}

void report_error(struct findings *findings, struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(findings, SEVERITY_ERROR, place, format, args);
    va_end(args);
}

void report_warning(struct findings *findings, struct place place, const char *format, ...)
{
    va_list args;
    if (findings->ignores_warnings)
        return;
    va_start(args, format);
    report(findings, SEVERITY_WARNING, place, format, args);
    va_end(args);
}

void report_sentence(void *context, const char *sentence)
{
    keep_sentence(context, SEVERITY_ERROR, sentence);
}

static int compare_findings(const void *x, const void *y)
{
    const struct finding *a = x, *b = y;
    size_t shorter = a->path_length < b->path_length ? a->path_length : b->path_length;
    int order = memcmp(a->sentence, b->sentence, shorter);
    if (order == 0)
        order = (a->path_length > b->path_length) - (a->path_length < b->path_length);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

void print_findings(struct findings *findings)
{
    if (findings->count > 1)
        qsort(findings->list, findings->count, sizeof *findings->list, compare_findings);
    for (size_t i = 0; i < findings->count; i++)
        puts(findings->list[i].sentence);
}

void findings_free(struct findings *findings)
{
    free(findings->list);
    map_free(&findings->sentences);
    *findings = (struct findings){0};
}
