/* Joins: the courses of a student, for the rules about completers and as evidence. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/index.h"

static int compare_courses(const void *a, const void *b)
{
    const struct join_course *x = a, *y = b;
    if (x->link != y->link)
        return x->link < y->link ? -1 : 1;
    if (x->course != y->course)
        return x->course < y->course ? -1 : 1;
    if (x->local != y->local)
        return x->local < y->local ? -1 : 1;
    return (x->lea > y->lea) - (x->lea < y->lea);
}

/* Whether a record has a course with this grade. */
static bool has_course(const struct across_join *join, const struct join_record *record,
                       const struct join_course *wanted, uint32_t grade)
{
    for (int32_t n = record->first; n >= 0; n = join->nodes.items[n].next) {
        const struct course_node *node = &join->nodes.items[n];
        const struct join_course *known = &join->found.courses.items[node->course];
        if (known->course == wanted->course && known->local == wanted->local &&
            known->lea == wanted->lea && node->grade == grade)
            return true;
    }
    return false;
}

/* Adds a course to a record, once. */
static void add_course(struct across_join *join, struct join_record *record, uint32_t course,
                       uint32_t grade)
{
    struct course_nodes *nodes = &join->nodes;
    if (has_course(join, record, &join->found.courses.items[course], grade))
        return;
    GROW(nodes->items, nodes->count, nodes->room);
    nodes->items[nodes->count] = (struct course_node){course, grade, record->first};
    record->first = (int32_t)nodes->count++;
}

/* The records of each group, chained from the last to the first. */
struct chains {
    struct map groups;
    uint32_t *last; /* per group: its last record, from 1 */
    size_t room;
    uint32_t *before; /* per record: the one before it in its group, from 1; 0: none */
};

static struct chains chain_records(const struct join_records *records)
{
    struct chains chains = {.before = cte_alloc(records->count * sizeof(uint32_t))};
    for (size_t i = 0; i < records->count; i++) {
        const uint64_t group = records->items[i].group;
        const size_t count = chains.groups.count,
                     number = map_add(&chains.groups, &group, sizeof group);
        if (number == count) {
            GROW(chains.last, count, chains.room);
            chains.last[number] = 0;
        }
        chains.before[i] = chains.last[number];
        chains.last[number] = (uint32_t)i + 1;
    }
    return chains;
}

static void free_chains(struct chains *chains)
{
    map_free(&chains->groups);
    free(chains->last);
    free(chains->before);
}

/* The first of the sorted courses of each link. Several teachers of one section give it several
 * times. */
struct links {
    struct map map;
    uint32_t *first; /* per link */
    size_t room;
};

static struct links list_links(const struct join_courses *courses)
{
    struct links links = {.first = NULL};
    for (size_t i = 0; i < courses->count; i++) {
        const uint64_t link = courses->items[i].link;
        const size_t count = links.map.count, number = map_add(&links.map, &link, sizeof link);
        if (number < count)
            continue;
        GROW(links.first, count, links.room);
        links.first[number] = (uint32_t)i;
    }
    return links;
}

static void free_links(struct links *links)
{
    map_free(&links->map);
    free(links->first);
}

/* Adds a course to those records of a student whose code it belongs to. */
static void add_to_records(struct all_facts *all, uint32_t number, const struct chains *chains,
                           uint32_t last, const struct course_node *taken)
{
    struct across_join *join = &all->of_joins[number];
    const char *course = text_of(all, join->found.courses.items[taken->course].course);
    for (uint32_t r = last; r > 0; r = chains->before[r - 1]) {
        struct join_record *record = &join->found.records.items[r - 1];
        if (codeset_has(join->set, slice_of(course), scope_year(all, record->scope),
                        all->rules->joins[number].property, text_of(all, record->code)))
            add_course(join, record, taken->course, taken->grade);
    }
}

static void follow_join(struct all_facts *all, uint32_t number)
{
    struct across_join *join = &all->of_joins[number];
    const struct join_facts *found = &join->found;
    const struct join_courses *courses = &found->courses;
    if (found->records.count == 0 || found->steps.count == 0 || courses->count == 0 ||
        tables_codeset(all->tables, all->rules->joins[number].code_set, &join->set, all->error) !=
            CTE_OK)
        return;
    qsort(courses->items, courses->count, sizeof *courses->items, compare_courses);
    struct links links = list_links(courses);
    struct chains chains = chain_records(&found->records);
    for (size_t s = 0; s < found->steps.count; s++) {
        const struct join_step *step = &found->steps.items[s];
        const size_t group = map_find(&chains.groups, &step->group, sizeof step->group);
        if (group == MAP_NONE)
            continue;
        const size_t link = map_find(&links.map, &step->link, sizeof step->link);
        for (size_t c = link != MAP_NONE ? links.first[link] : courses->count;
             c < courses->count && courses->items[c].link == step->link; c++)
            add_to_records(all, number, &chains, chains.last[group],
                           &(struct course_node){.course = (uint32_t)c, .grade = step->grade});
    }
    free_links(&links);
    free_chains(&chains);
}

static bool grade_counts(const struct rule *rule, const char *grade)
{
    for (size_t i = 0; i < rule->grade_count; i++) {
        if (strcmp(rule->grades_not[i], grade) == 0)
            return false;
    }
    return true;
}

/* True when some course of the code set has the code as its property: a code that none has (a
 * Career Cluster of a record that was recoded before) has no courses to be looked for. */
static bool has_courses(const struct codeset *set, const char *property, const char *code)
{
    for (size_t i = 0; i < set->code_count; i++) {
        const char *found = code_property(&set->codes[i], property);
        if (found != NULL && strcmp(found, code) == 0)
            return true;
    }
    return false;
}

/* Whether one of the record's courses is as the rule wants it. */
static bool contains_wanted(const struct all_facts *all, const struct rule *rule,
                            const struct across_join *join, const struct join_record *record)
{
    const int year = scope_year(all, record->scope);
    for (int32_t n = record->first; n >= 0; n = join->nodes.items[n].next) {
        const struct course_node *node = &join->nodes.items[n];
        const char *course = text_of(all, join->found.courses.items[node->course].course);
        if (codeset_has(join->set, slice_of(course), year, rule->property, rule->value) &&
            grade_counts(rule, text_of(all, node->grade)))
            return true;
    }
    return false;
}

/* Whether the rule can be asked of the record: it is in force, the files of the join are there for
 * its scope, and there are courses to be looked for. */
static bool applies(const struct all_facts *all, const struct rule *rule,
                    const struct across_join *join, const struct join_record *record)
{
    const int year = scope_year(all, record->scope);
    return (year == YEAR_NONE || (rule->first <= year && year <= rule->last)) &&
           scope_has(all, record->scope, rule->join->in) &&
           scope_has(all, record->scope, rule->join->through) &&
           (record->first >= 0 ||
            has_courses(join->set, rule->join->property, text_of(all, record->code)));
}

static void judge_contains(struct all_facts *all, uint32_t r)
{
    const struct rule *rule = &all->rules->rules[r];
    struct across_join *join = &all->of_joins[rule->join - all->rules->joins];
    if (tables_codeset(all->tables, rule->join->code_set, &join->set, all->error) != CTE_OK)
        return;
    if (join->found.steps.count == 0 || join->found.courses.count == 0)
        return; /* without the files of the join, nothing is known of anybody's courses */
    uint32_t source = 0;
    for (size_t i = 0; i < join->found.records.count; i++) {
        const struct join_record *record = &join->found.records.items[i];
        while (i >= join->record_ends[source])
            source++;
        if (applies(all, rule, join, record) && !contains_wanted(all, rule, join, record))
            add_finding(&all->findings,
                        (struct finding){.source = source, .record = record->record, .rule = r});
    }
}

void follow_joins(struct all_facts *all)
{
    for (uint32_t j = 0; j < all->rules->join_count; j++)
        follow_join(all, j);
    for (uint32_t r = 0; r < all->rules->rule_count; r++) {
        if (all->rules->rules[r].kind == RULE_CONTAINS)
            judge_contains(all, r);
    }
}
