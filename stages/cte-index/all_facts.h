/* all_facts.h - what is known of all sources together, and what follows from it.
 *
 *     struct all_facts all = {&tables, rules, sources, source_count, .error = &error};
 *     open_all_facts(&all);
 *     merge_source(&all, &all.sources[0]);                // for each source, in their order
 *     ...
 *     judge_existence(&all);
 *     follow_joins(&all);
 *     find_disagreeing(&all);
 *     close_all_facts(&all);
 *
 * It borrows the tables, and owns what its sources hold; the array of sources is the caller's.
 * The lists hold the numbers of `texts` and `scopes`, and records by source and number.
 */
#ifndef CTE_INDEX_ALL_FACTS_H
#define CTE_INDEX_ALL_FACTS_H

#include "codetables/model/tables.h"
#include "stages/cte-index/source_facts.h"
#include "stages/cte-index/uploads.h"

/* What all sources hold for a rule that looks across them. */
struct across_rule {
    struct keys keys;           /* that must exist; `more` is the scope */
    struct hash_list providers; /* of those that are there */
    size_t *key_ends;           /* per source, how many keys came with it and before it */
};

/* A course of a record; the courses of one record are chained. */
struct course_node {
    uint32_t course, grade;
    int32_t next; /* -1: none */
};

struct across_join {
    struct join_facts found;
    size_t *record_ends; /* per source, how many records came with it and before it */
    const struct codeset *set;
    struct course_nodes {
        struct course_node *items;
        size_t count, room;
    } nodes;
};

/* A record whose group has several codes. */
struct disagreeing {
    uint32_t source, record;
    size_t first, count; /* of its group, in the sorted list */
};

struct disagreeing_list {
    struct disagreeing *items; /* in the order of sources and records */
    size_t count, room;
};

struct all_facts {
    struct tables *tables;
    const struct rules *rules;
    struct source_facts *sources;
    uint32_t source_count;
    struct map texts;             /* codes, courses, grades */
    struct map scopes;            /* "TYPE^LEA^YEAR" of every record type */
    struct across_rule *of_rules; /* per rule */
    struct across_join *of_joins; /* per join */
    struct agreeing_list agreeing;
    struct disagreeing_list disagreeing;
    struct uploads uploads;
    /* Records whose key a later source holds too: `more` is the source; in the order of sources and
     * records. */
    struct keys superseded;
    struct findings findings;
    struct cte_error *error;
};

/* Makes the lists by rule and by join. */
void open_all_facts(struct all_facts *all);
void close_all_facts(struct all_facts *all);

/* Adds what a source told, and drops its lists. A source that was refused has none. */
void merge_source(struct all_facts *all, struct source_facts *facts);

/* The text of a number. */
static inline const char *text_of(const struct all_facts *all, uint32_t number)
{
    return map_key(&all->texts, number).at;
}

/* True when the sources hold records of this type for the LEA and year of the scope. */
bool scope_has(const struct all_facts *all, uint32_t scope, const char *type);

/* The year a scope ends with. */
int scope_year(const struct all_facts *all, uint32_t scope);

/* The rules by which a record of another type must exist. */
void judge_existence(struct all_facts *all);

/* Follows the joins; then the rules that look at courses. */
void follow_joins(struct all_facts *all);

/* Finds the records whose groups have several codes, when all other findings are known: a record
 * that a finding refuses has no say. Sorts the findings. */
void find_disagreeing(struct all_facts *all);

/* A course that a student completed, as evidence. */
struct completed_course {
    const char *course, *local, *lea;
    unsigned flags; /* index.h */
};

enum { MAX_COMPLETED = 512 };

/* The courses that the student of a record completed, each once, in the order of their codes, so
 * that the index does not depend on the order of the sources; returns how many. */
size_t list_completed(const struct all_facts *all, uint32_t source, uint32_t record,
                      struct completed_course courses[MAX_COMPLETED]);

#endif
