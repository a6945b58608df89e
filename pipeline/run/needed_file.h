/* needed_file.h - decisions-needed.csv: the questions that records wait for, with how many do.
 *
 *     sort_needed(questions, count);
 *     if (write_needed(&documents, questions, count) != CTE_OK) ...
 *     ...
 *     struct needed_list list = {0};
 *     if (read_needed(folder, &list, &error) != CTE_OK) ...
 *     needed_free(&list);
 *
 * Beside the choices stand the state course of a local course, and what the code is called that is
 * open. Then, by choice, how many of the records are of students whose completed courses point to
 * it: "050202: 12; 040101: 3; none: 2", the most first. One student's courses may point to several;
 * under "none" are those whose courses point to no choice. Where no courses are known the cell is
 * empty. Those questions for which most records wait stand first. Whoever decides copies the file,
 * fills in the cells between and gives it to cte-run as decisions.
 *
 * Errors: those of documents.h and csv_rows.h.
 */
#ifndef CTE_NEEDED_FILE_H
#define CTE_NEEDED_FILE_H

#include "pipeline/run/account.h"
#include "pipeline/run/documents.h"

#define NEEDED_FILE "decisions-needed.csv"
/* The same questions in a workbook to fill in, with what is to be mended beside. */
#define WORKLIST_FILE "worklist.xlsx"

struct needed_list {
    struct fact_needed *items;
    size_t count, room;
    struct map texts;    /* of all of them, each once */
    struct arena memory; /* of what courses suggest */
    size_t columns;      /* of the file that is read: earlier versions told less */
};

/* Most records first; else by the texts, so that nothing depends on the order of sources. */
void sort_needed(struct fact_needed *questions, size_t count);

/* Sorts the questions of several runs, those that are alike made one: a course is asked for once,
 * whichever runs have its records. */
void join_needed(struct needed_list *list);

/* Writes those that were sorted; no file where there are none. */
int write_needed(struct documents *documents, const struct fact_needed *questions, size_t count);

/* Adds the questions of a run folder that is being made, where there are any, in the order of the
 * file. A count that is no number is nought. */
int read_needed(const char *folder, struct needed_list *list, struct cte_error *error);

/* The same of a run that is done: only a file that its SHA256SUMS lists is the run's own. Also
 * CTE_BAD_INPUT where that is missing, or the file is not the one that it lists. */
int read_listed_needed(const char *folder, struct needed_list *list, struct cte_error *error);

void needed_free(struct needed_list *list);

#endif
