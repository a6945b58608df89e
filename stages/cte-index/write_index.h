/* write_index.h - the index as text, in the form of pipeline/stream/index.h. */
#ifndef CTE_INDEX_WRITE_INDEX_H
#define CTE_INDEX_WRITE_INDEX_H

#include "codetables/base/text.h"
#include "stages/cte-index/all_facts.h"
#include "stages/cte-index/stored_source.h"

/* Writes the file at `path` (NULL: standard output). Errors: those of output.h and spool.h. */
int write_index(struct all_facts *all, const char *path);

/* The groups of a source, with the courses that the students of its grouped records completed. */
struct source_groups {
    const struct indexed_source *source;
    struct groups groups;
    struct fact *courses; /* of all->completed, in their order */
    size_t course_count, course_room;
    size_t *ends; /* per record of the groups: how many courses came with it and before it */
};

/* Reads them; `completed` goes on to the end of the source. */
void read_groups(struct source_groups *groups, struct spool *spool,
                 const struct indexed_source *source, struct fact_cursor *completed);
void free_groups(struct source_groups *groups);

/* The entries of a record, without the end of the line. */
void put_finding(struct text *text, const struct all_facts *all, const struct fact *finding,
                 struct stored_lines *lines);
void put_disagreeing(struct text *text, const struct all_facts *all, const struct fact *record);
/* The group of the record `number` of all that are grouped. */
void put_group(struct text *text, const struct all_facts *all, const struct source_groups *groups,
               size_t number, struct stored_lines *lines);
/* The courses of the record at which the cursor stands; it goes on to the next record. */
void put_completed(struct text *text, const struct all_facts *all, struct fact_cursor *completed);

#endif
