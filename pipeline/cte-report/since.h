/* since.h - what is new, gone or other than in the run that was in place before: by school, and of
 * the questions.
 *
 *     struct since since = {.folder = "/srv/cte/runs/2026-11-26"};      // NULL: there is none
 *     count_since(&since, account, SINCE_NOW);                          // for each source
 *     if (read_run_before(&since, &manifest->before, &is_read, &error) == CTE_OK && is_read)
 *         list_since(&since, &told->needed);
 *     for (size_t i = 0; i < since.change_count; i++) ...
 *     free_since(&since);
 *
 * The run before is known by the hash of its manifest, and its questions by that in its SHA256SUMS;
 * one that is another, or cannot be read, is taken for none: it decides nothing.
 *
 * Memory: SINCE_MOST places and questions of some 200 bytes; those beyond are not compared.
 */
#ifndef CTE_REPORT_SINCE_H
#define CTE_REPORT_SINCE_H

#include "pipeline/run/manifest.h"
#include "pipeline/run/needed_file.h"

enum { SINCE_MOST = 1 << 17 };
enum since_when { SINCE_BEFORE, SINCE_NOW, SINCE_WHENS };

enum since_what {
    SINCE_GONE,
    SINCE_FEWER, /* records are read, or written */
    SINCE_ASKED, /* a question that was not asked before */
    SINCE_NEW,
    SINCE_MORE,
    SINCE_ANSWERED /* nobody waits for the question any more */
};

/* A school of a record type and year, or a question. */
struct since_change {
    enum since_what what;
    /* LEA, year, record type, school, and of a question its pathway or code, and local course */
    const char *parts[6];
    uint64_t read[SINCE_WHENS], written[SINCE_WHENS]; /* of a question, read: who wait for it */
};

struct since {
    const char *folder;
    struct map keys;
    struct since_change *counts; /* by the numbers of the keys */
    size_t room;
    struct since_change *changes; /* sorted: what may hurt first */
    size_t change_count, change_room;
};

/* Adds the records of the schools of a source. */
void count_since(struct since *since, const struct account *account, enum since_when when);

/* Adds those of the run before, and its questions. *is_read: false where there is none, another
 * in its place, or one that is damaged or another user's. CTE_IO. */
int read_run_before(struct since *since, const struct manifest_link *before, bool *is_read,
                    struct cte_error *error);

/* When all is added: lists what differs, with the questions of now. */
void list_since(struct since *since, const struct needed_list *questions);

void free_since(struct since *since);

#endif
