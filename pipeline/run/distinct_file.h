/* distinct_file.h - NAME.distinct.csv: who stands in which row of NAME.counts.csv, so that each is
 * counted once.
 *
 *     put_distinct_heading(&output);
 *     put_distinct(&output, 3, distinct_hash("9912345", ssid));      // rows in their order
 *     ...
 *     struct distinct_reading reading;
 *     if (open_distinct(&reading, path, "SCTE.distinct.csv", sha256, &error) == CTE_OK) {
 *         for (row = 1; ...; row++)
 *             while (next_distinct(&reading, row, &hash, &error)) ...
 *     }
 *     if (close_distinct(&reading, &error) != CTE_OK) ...             // also after an error
 *
 * cte-write makes one for each source of which a roll-up counts people: a row for each person in a
 * row of counts, sorted by that row, and no two alike. A person is a hash of the number and of the
 * LEA, the same in all sources, runs and shards; so nobody is followed from one LEA to another.
 *
 * The number itself does not stand there. Whoever has a list of numbers can find which are meant,
 * so the file is personal and to be kept as the records are.
 *
 * Errors: CTE_BAD_INPUT where it is no such file, or another than the manifest says; CTE_IO and
 * CTE_NO_PERMISSION where it cannot be read.
 */
#ifndef CTE_DISTINCT_FILE_H
#define CTE_DISTINCT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "codetables/base/digest.h"
#include "codetables/base/error.h"
#include "codetables/base/output.h"
#include "codetables/base/slice.h"

uint64_t distinct_hash(const char *lea, struct slice number);

void put_distinct_heading(struct output *output);

/* `row` is that of NAME.counts.csv, from 1, its heading not counted. */
void put_distinct(struct output *output, uint64_t row, uint64_t hash);

/* Zeroed, it is a file without rows. */
struct distinct_reading {
    FILE *file;
    const char *shown, *sha256; /* the caller's; the latter NULL: nobody says which hash it has */
    struct digest digest;
    uint64_t line, row, hash; /* the row that is next, 0: there is none */
};

int open_distinct(struct distinct_reading *reading, const char *path, const char *shown,
                  const char *sha256, struct cte_error *error);

/* The next person of a row of counts; these are asked for in their order. False: there is none
 * more, or the error is filled. */
bool next_distinct(struct distinct_reading *reading, uint64_t row, uint64_t *hash,
                   struct cte_error *error);

/* Nothing may be left. */
int close_distinct(struct distinct_reading *reading, struct cte_error *error);

#endif
