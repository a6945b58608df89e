/* Decisions that decided nothing, or less than they say: told with what stands in their way. A
 * decision that no record asked for is held against the questions that are open; what a spreadsheet
 * makes of a code is known here. */

#include "pipeline/cte-run/unused.h"
#include "pipeline/cte-run/kept_accounts.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/model/decisions.h"
#include "codetables/base/memory.h"
#include "codetables/base/shown.h"

/* A file may hold the decisions of many years: the first are told one by one, and of the rest how
 * many they are. */
enum { MOST_TOLD = 100, MOST_DATE_PARTS = 3, NOT_ALIKE = 1000 };

/* What became of one row of the decisions file, over all sources. */
struct use {
    unsigned long long taken, by_condition, by_evidence;
    const char *read_as; /* the code it was read as, or empty */
};

/* ---- what a spreadsheet makes of a code ---- */

static bool equal_but_blanks(const char *a, const char *b)
{
    static const char no_break[] = "\xC2\xA0";
    for (;;) {
        while (*a == ' ' || *a == '\t' || strncmp(a, no_break, 2) == 0)
            a += *a == no_break[0] ? 2 : 1;
        while (*b == ' ' || *b == '\t' || strncmp(b, no_break, 2) == 0)
            b += *b == no_break[0] ? 2 : 1;
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789.") == strlen(text) &&
           strpbrk(text, "0123456789") != NULL;
}

/* 1.00E+10 for 10000000000, or for 1E10: as many digits as are shown are the same. */
static bool is_exponent_of(const char *shown, const char *code)
{
    const size_t mantissa = strspn(shown, "0123456789.");
    if (mantissa == 0 || (shown[mantissa] != 'E' && shown[mantissa] != 'e') ||
        shown[mantissa + 1] == '\0' || strspn(code, "0123456789.Ee+") != strlen(code) ||
        strpbrk(code, "0123456789") == NULL)
        return false;
    char *end_shown, *end_code, *end_power, unit[32];
    const long power = strtol(shown + mantissa + 1, &end_power, 10);
    const char *point = memchr(shown, '.', mantissa);
    const long digits = point != NULL ? shown + mantissa - point - 1 : 0;
    if (*end_power != '\0' || power < 0 || power > 40 || digits > 40)
        return false;
    snprintf(unit, sizeof unit, "1e%ld", power - digits);
    const double difference = strtod(shown, &end_shown) - strtod(code, &end_code),
                 half = strtod(unit, NULL) * 0.500001;
    return *end_shown == '\0' && *end_code == '\0' && difference <= half && difference >= -half;
}

/* The numbers of a text that may be a date, with the months that have names; 0 when it cannot be
 * one. */
static size_t date_parts(const char *text, int parts[MOST_DATE_PARTS], bool *has_name)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    size_t count = 0;
    *has_name = false;
    while (*text != '\0') {
        if (strchr("-/. ,", *text) != NULL) {
            text++;
            continue;
        }
        if (count == MOST_DATE_PARTS)
            return 0;
        size_t length = strspn(text, "0123456789");
        if (length > 0) {
            const int number = length <= 4 ? atoi(text) : -1;
            if (number < 0)
                return 0;
            parts[count++] = number >= 1900 ? number % 100 : number;
        } else {
            while (isalpha((unsigned char)text[length]))
                length++;
            int month = 0;
            while (length >= 3 && month < 12 && strncasecmp(text, months[month], 3) != 0)
                month++;
            if (length < 3 || month == 12)
                return 0;
            parts[count++] = month + 1;
            *has_name = true;
        }
        text += length;
    }
    return count;
}

static int compare_parts(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* 3-Dec and 12-Mar for 12-3, 12-Mar for MAR12: the same numbers, in any order. */
static bool is_date_of(const char *shown, const char *code)
{
    int one[MOST_DATE_PARTS], other[MOST_DATE_PARTS];
    bool has_name, ignored;
    const size_t count = date_parts(shown, one, &has_name);
    if (count < 2 || (!has_name && count < 3) || date_parts(code, other, &ignored) != count)
        return false;
    qsort(one, count, sizeof *one, compare_parts);
    qsort(other, count, sizeof *other, compare_parts);
    return memcmp(one, other, count * sizeof *one) == 0;
}

/* Why two texts that differ may be meant to be one; NULL where nothing says so. */
static const char *explain(const char *given, const char *asked)
{
    if (is_number(given) && is_number(asked) && given[0] != '0' &&
        strcmp(asked + strspn(asked, "0"), given) == 0)
        return "the leading zero is lost";
    if (is_number(given) && is_number(asked) && strspn(given, "0") > 0 &&
        strcmp(given + strspn(given, "0"), asked) == 0)
        return "a leading zero too many";
    if (strcasecmp(given, asked) == 0)
        return "upper and lower case differ";
    if (equal_but_blanks(given, asked))
        return "blanks differ";
    if (is_exponent_of(given, asked))
        return "a spreadsheet made a number of the code; format the column as text";
    if (is_date_of(given, asked))
        return "a spreadsheet made a date of the code; format the column as text";
    if (is_number(given) && is_number(asked) &&
        (strchr(given, '.') != NULL || strchr(asked, '.') != NULL) &&
        !(strtod(given, NULL) < strtod(asked, NULL)) &&
        !(strtod(given, NULL) > strtod(asked, NULL)))
        return "a spreadsheet made a number of the code; format the column as text";
    return NULL;
}

/* ---- the nearest question ---- */

struct likeness {
    const struct fact_needed *question;
    int cost; /* NOT_ALIKE: it is another question */
    char *differences;
};

/* Adds what one column says to the likeness. `other` is the cost of a difference that nothing
 * explains. */
static void compare_column(struct likeness *likeness, const char *name, const char *given,
                           const char *asked, int other)
{
    if (strcmp(given, asked) == 0 || likeness->cost >= NOT_ALIKE)
        return;
    const char *why = explain(given, asked);
    likeness->cost += why != NULL ? 1 : other;
    if (likeness->cost >= NOT_ALIKE)
        return;
    char *longer = cte_format("%s%s%s is %s, not %s%s%s", likeness->differences,
                              likeness->differences[0] != '\0' ? "; " : "", name, asked, given,
                              why != NULL ? ": " : "", why != NULL ? why : "");
    free(likeness->differences);
    likeness->differences = longer;
}

/* How far a question is from a decision; a column that is left empty, on either side, fits all. */
static struct likeness compare_question(const struct decision *decision,
                                        const struct fact_needed *asked)
{
    const bool is_local = decision->local_course[0] != '\0';
    struct likeness likeness = {asked, 0, cte_strdup("")};
    compare_column(&likeness, is_local ? "local_course" : "pathway",
                   is_local ? decision->local_course : decision->pathway,
                   is_local ? asked->local : asked->code, NOT_ALIKE);
    compare_column(&likeness, "lea", decision->lea, asked->lea, NOT_ALIKE);
    if (decision->record[0] != '\0' && asked->type[0] != '\0')
        compare_column(&likeness, "record", decision->record, asked->type, 6);
    if (decision->school[0] != '\0' && asked->school[0] != '\0')
        compare_column(&likeness, "school", decision->school, asked->school, 4);
    if (decision->year != YEAR_NONE) {
        char year[YEARS_TEXT];
        compare_column(&likeness, "year", year_text(decision->year, year), asked->year, 2);
    }
    return likeness;
}

/* What is said of a decision that no record asked for: the nearest of the open questions. To be
 * freed. */
static char *find_nearest(const struct decision *decision, const struct fact_needed *questions,
                          size_t count)
{
    struct likeness best = {NULL, NOT_ALIKE, NULL};
    for (size_t i = 0; i < count && best.cost > 1; i++) {
        struct likeness likeness = compare_question(decision, &questions[i]);
        if (likeness.cost < best.cost) {
            free(best.differences);
            best = likeness;
        } else {
            free(likeness.differences);
        }
    }
    char *text =
        best.question == NULL
            ? cte_strdup("; no open question is like it")
            : cte_format("; the open question nearest to it, of %" PRIu64 " record%s: %s",
                         best.question->records, best.question->records == 1 ? "" : "s",
                         best.differences[0] != '\0' ? best.differences : "it is the same");
    free(best.differences);
    return text;
}

/* ---- telling ---- */

/* The place of a row in the list, by its line; the count where there is none. */
static size_t find_row(const struct decisions *decisions, uint64_t line)
{
    size_t low = 0, high = decisions->count; /* rows stand in the order of their lines */
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (decisions->list[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < decisions->count && decisions->list[low].line == line ? low : decisions->count;
}

/* Whether a cell holds a choice as it was offered: the code, and its name behind. */
static bool names_choice(const char *text, const char *code)
{
    const size_t length = strlen(code);
    return strncmp(text, code, length) == 0 && text[length] == ' ';
}

/* What the sources say of each row. False where none says anything: no stage counted. */
static bool gather_uses(const struct run *run, const struct decisions *decisions, struct use *uses)
{
    bool is_told = false;
    const struct account *joined = &run->accounts->joined;
    for (const struct fact_decision *fact = account_first(joined, FACT_DECISION); fact != NULL;
         fact = account_next(joined, FACT_DECISION, fact)) {
        const size_t row = find_row(decisions, fact->line);
        is_told = true;
        if (row == decisions->count)
            continue;
        uses[row].taken += fact->taken;
        uses[row].by_condition += fact->by_condition;
        uses[row].by_evidence += fact->by_evidence;
        if (fact->read_as[0] != '\0' && !names_choice(decisions->list[row].code, fact->read_as))
            uses[row].read_as = fact->read_as;
    }
    return is_told;
}

static const char *records_word(unsigned long long count)
{
    return count == 1 ? "record" : "records";
}

/* What the rows are held against. */
struct review {
    struct run *run;
    const char *shown; /* the file of decisions, as it is told */
    const struct fact_needed *questions;
    size_t count;
};

static bool is_worth_telling(const struct use *use)
{
    return use->taken == 0 || use->by_condition > 0 || use->by_evidence > 0 || use->read_as != NULL;
}

static void report_decision(const struct review *review, const struct decision *decision,
                            const struct use *use)
{
    struct run *run = review->run;
    if (use->read_as != NULL)
        note_unused(run, "decision-read-as",
                    "%s:%u: code %s was read as %s, the one choice that it fits", review->shown,
                    decision->line, decision->code, use->read_as);
    if (use->by_condition > 0)
        note_unused(run, "decision-overruled",
                    "%s:%u: not taken for %llu %s: the table itself decides those; %llu %s took it",
                    review->shown, decision->line, use->by_condition,
                    records_word(use->by_condition), use->taken, records_word(use->taken));
    if (use->by_evidence > 0)
        note_unused(
            run, "decision-overruled",
            "%s:%u: not taken for %llu %s: the students' courses decide those; %llu %s took it",
            review->shown, decision->line, use->by_evidence, records_word(use->by_evidence),
            use->taken, records_word(use->taken));
    if (use->taken == 0 && use->by_condition == 0 && use->by_evidence == 0) {
        char *nearest = find_nearest(decision, review->questions, review->count);
        note_unused(run, "decision-unused",
                    "%s:%u: this decision was not used: no record of this run asks for it%s",
                    review->shown, decision->line, nearest);
        free(nearest);
    }
}

void report_unused_decisions(struct run *run)
{
    struct decisions decisions;
    struct cte_error error = {0};
    if (run->policy.decisions == NULL)
        return;
    if (decisions_load(run->policy.decisions, &decisions, &error) != CTE_OK) {
        /* The stages have read the file, and told what is wrong with it; but they did not meet a
         * disk that fails now. */
        if (error.status == CTE_IO)
            cte_fail(&run->error, CTE_IO, "%s", error.text);
        decisions_free(&decisions);
        return;
    }
    struct use *uses = cte_zalloc(decisions.count, sizeof *uses);
    size_t told = 0, left = 0;
    char *shown = path_shown(run->policy.decisions);
    struct review review = {.run = run, .shown = shown};
    struct fact_needed *questions = collect_needed(run, &review.count);
    review.questions = questions;
    const bool is_told = gather_uses(run, &decisions, uses);
    for (size_t i = 0; i < decisions.count && is_told; i++) {
        const struct decision *decision = &decisions.list[i];
        if (decision->code[0] == '\0' || !is_worth_telling(&uses[i]))
            continue;
        if (told < MOST_TOLD)
            report_decision(&review, decision, &uses[i]);
        left += told == MOST_TOLD;
        told += told < MOST_TOLD;
    }
    if (left > 0)
        note_unused(run, "decision-unused",
                    "%s: %zu rows more were not used, or not for all records; their lines come "
                    "after those told",
                    shown, left);
    free(shown);
    free(questions);
    free(uses);
    decisions_free(&decisions);
}
