/* all_facts.h - what is known of all sources together, and what follows from it.
 *
 *     struct all_facts all = {&tables, rules, sources, source_count, &spool, .error = &error};
 *     open_all_facts(&all);
 *     merge_source(&all, &facts);                         // for each source, in their order
 *     ...
 *     judge_existence(&all);
 *     follow_joins(&all);
 *     find_disagreeing(&all);
 *     close_all_facts(&all);
 *
 * It borrows the tables, the array of sources and the spool. Whatever there is one of for each
 * record lies in sets of facts.h, so that memory does not grow with the records; what is looked up
 * by its text is in memory: codes, courses, scopes and uploads.
 */
#ifndef CTE_INDEX_ALL_FACTS_H
#define CTE_INDEX_ALL_FACTS_H

#include "codetables/model/tables.h"
#include "stages/cte-index/source_facts.h"
#include "stages/cte-index/uploads.h"

/* What all sources hold for a rule that looks across them; see struct rule_facts. Most sources
 * come without those that they would be held against, so nothing is sorted before it is known. */
struct across_rule {
    struct fact_list needed, provided;
};

/* What all sources hold for a join; see struct join_facts. */
struct across_join {
    struct fact_list records, steps, courses;
};

struct all_facts {
    struct tables *tables;
    const struct rules *rules;
    struct indexed_source *sources;
    uint32_t source_count;
    struct spool *spool;
    struct map texts;             /* codes, courses, grades, record types */
    struct map scopes;            /* "TYPE^LEA^YEAR" of every record type */
    struct map agreeing_codes;    /* of struct agreeing_code */
    struct across_rule *of_rules; /* per rule */
    struct across_join *of_joins; /* per join */
    struct uploads uploads;
    /* {place, {group, group, count, code}}: as in struct agreeing */
    struct fact_set agreeing;
    struct fact_set findings; /* of finding_fact() */
    /* Of records, by place, once it is known: */
    struct fact_set superseded;  /* a later source holds its key too: {place} */
    struct fact_set completed;   /* of completed_fact() */
    struct fact_set disagreeing; /* its group has several codes: {place, {rule, count, at, at}},
                                    where so many struct disagreeing_code lie in the spool */
    struct cte_error *error;
};

/* One of the codes of a group, and a record that has it. */
struct disagreeing_code {
    struct agreeing_code code;
    uint32_t source, line;
};

/* Makes the sets by rule and by join. */
void open_all_facts(struct all_facts *all);
void close_all_facts(struct all_facts *all);

/* Adds what a source told. A source that was refused told nothing. */
void merge_source(struct all_facts *all, struct source_facts *facts);

/* The text of a number. */
static inline const char *text_of(const struct all_facts *all, uint32_t number)
{
    return map_key(&all->texts, number).at;
}

/* The scopes for which the sources hold records of a type: per scope. To be freed. */
bool *list_scopes(const struct all_facts *all, const char *type);

/* The rules by which a record of another type must exist. */
void judge_existence(struct all_facts *all);

/* Follows the joins: to the courses that students completed, and for the rules that look at
 * courses. */
void follow_joins(struct all_facts *all);

/* Finds the records whose groups have several codes, when all other findings are known: a record
 * that a finding refuses has no say. Sorts the findings. */
void find_disagreeing(struct all_facts *all);

/* A course of a student in the pathway of a record, not known to be left uncompleted: {place,
 * {course, local course, LEA, flags}}. The number of the join stands above the flags, for of one
 * record only the first join that found any is asked. */
enum { COMPLETED_FLAGS = 24 };

static inline struct fact completed_fact(uint64_t place, const struct fact *course, uint32_t join,
                                         unsigned flags)
{
    return (struct fact){
        place,
        {course->part[0], course->part[1], course->part[2], join << COMPLETED_FLAGS | flags}};
}

/* A course that a student completed, as evidence. */
struct completed_course {
    const char *course, *local, *lea;
    unsigned flags; /* index.h */
};

enum { MAX_COMPLETED = 512 };

/* The courses that the student of a record completed, each once, in the order of their codes, so
 * that the index does not depend on the order of the sources; returns how many. `facts` are those
 * of the record, in their order. */
size_t list_completed(const struct all_facts *all, const struct fact *facts, size_t count,
                      struct completed_course courses[MAX_COMPLETED]);

#endif
