/* write_index.h - the index as text, in the form of pipeline/stream/index.h. */
#ifndef CTE_INDEX_WRITE_INDEX_H
#define CTE_INDEX_WRITE_INDEX_H

#include "codetables/base/text.h"
#include "stages/cte-index/all_facts.h"

/* Writes the file at `path` (NULL: standard output). Errors: those of output.h. */
int write_index(const struct all_facts *all, const char *path);

/* The entries of a record, without the end of the line. That of its courses is left out, and the
 * text not touched, where its student completed none. */
void put_finding(struct text *text, const struct all_facts *all, const struct finding *finding);
void put_disagreeing(struct text *text, const struct all_facts *all,
                     const struct disagreeing *record);
void put_group(struct text *text, const struct all_facts *all, uint32_t source,
               const struct grouped_record *record);
void put_completed(struct text *text, const struct all_facts *all, uint32_t source,
                   uint32_t record);

#endif
