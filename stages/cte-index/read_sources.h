/* read_sources.h - reads all sources and merges what they tell, in their order.
 *
 *     struct collector collector = {.tables = &tables, .rules = rules, .error = all.error};
 *     if (read_sources(&all, &collector, keeps_going) == CTE_OK)
 *         judge_existence(&all);
 *
 * Sources are read side by side, one on each core that this process may use. Each reader has a
 * collector of its own; what is merged, and which error is told, does not depend on who is ready
 * first. Beside what is merged, twice as many sources as readers are held at most.
 *
 * Errors: those of collect.h, of the first source in the order of their names; with `keeps_going` a
 * source that need not be read is left out.
 */
#ifndef CTE_INDEX_READ_SOURCES_H
#define CTE_INDEX_READ_SOURCES_H

#include "stages/cte-index/all_facts.h"
#include "stages/cte-index/collect.h"

/* Each reader collects as `like` does. */
int read_sources(struct all_facts *all, const struct collector *like, bool keeps_going);

#endif
