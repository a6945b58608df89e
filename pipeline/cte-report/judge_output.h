/* judge_output.h - whether CALPADS would take an output, as far as the rules of its run can tell.
 *
 *     struct judge judge;
 *     if (open_judge(&judge, told, &told->runs[0]) == CTE_OK) {
 *         struct judgement judgement = judge_output(&judge, account);
 *         puts(answer_words[judgement.answer]);
 *         free_judgement(&judgement);
 *     }
 *     close_judge(&judge);
 *
 * One fatal error refuses a whole file at CALPADS. A record that breaks a rule which is known to be
 * fatal is rejected here and stands in no output. So the answer hangs on what nobody has read:
 * findings that warn here and may refuse there, and rules that need what no file here holds. It is
 * no for a layout that CALPADS does not have, and for records that were refused there before.
 *
 * The tables are those that the run used, known by their hashes: its copies, or those of the folder
 * that is reported by. Where neither has its rules, nothing can be told.
 *
 * Errors, in told->error: those of rules_load() and codeset_load(); CTE_IO and CTE_NO_PERMISSION
 * where a table cannot be read.
 */
#ifndef CTE_REPORT_JUDGE_OUTPUT_H
#define CTE_REPORT_JUDGE_OUTPUT_H

#include "codetables/model/rules.h"
#include "pipeline/cte-report/calendar.h"
#include "pipeline/cte-report/told.h"

/* In the order in which outputs are shown. */
enum answer { ANSWER_NO, ANSWER_UNKNOWN, ANSWER_YES, ANSWERS };

/* The tables of one run. */
struct judge {
    struct told *told;
    const struct told_run *run;
    const struct fact_table *rules_table, *windows_table; /* NULL: there is none */
    struct rules rules;                                   /* where there is a table of them */
    struct calendar calendar;
};

int open_judge(struct judge *judge, struct told *told, const struct told_run *run);
void close_judge(struct judge *judge);

/* A rule by which CALPADS may refuse, over the schools of a source. `lines`: the first; "" for
 * none. */
struct doubt {
    const struct rule *rule;
    const char *why, *lines;
    uint64_t records;
};

struct judgement {
    enum answer answer;
    /* why it is no, whatever its records hold */
    const struct fact_table *draft_layout; /* NULL: its layout is one that was published */
    bool is_of_rejected;                   /* the source has what CALPADS sent back */
    struct doubt *doubts;
    size_t doubt_count;
};

/* Of a source, by its account, which must live as long. */
struct judgement judge_output(const struct judge *judge, const struct account *account);
void free_judgement(struct judgement *judgement);

/* The reasons in words, with "; " between; `more` adds what is to be said of a doubt behind its
 * reason, where it is not NULL. To be freed. */
char *name_reasons(const struct judge *judge, const struct judgement *judgement,
                   void (*more)(struct text *text, const struct doubt *doubt, const void *context),
                   const void *context);

#endif
