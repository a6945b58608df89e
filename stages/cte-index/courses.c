/* Joins: the courses of a student, for the rules about completers and as evidence.
 *
 * Records, steps and courses are each too many to be held. The steps of students of whom a record
 * asks are sorted by their link and met with the courses; what comes of it is sorted by student and
 * met with the records. */
#include "stages/cte-index/all_facts.h"
#include "stages/cte-index/hash_filter.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/year.h"
#include "pipeline/stream/index.h"

/* Of which groups there may be a record. */
static struct hash_filter filter_of_groups(const struct fact_set *records)
{
    enum { BITS_A_RECORD = 16, MOST_BITS = 1 << 26 };
    uint64_t count = records->count;
    for (size_t i = 0; i < records->run_count; i++)
        count += records->runs[i].count;
    struct hash_filter filter = new_filter(count * BITS_A_RECORD, MOST_BITS);
    struct fact_cursor at;
    for (open_cursor(&at, records); at.has_fact; next_fact(&at))
        add_hash(&filter, at.fact.key);
    close_cursor(&at);
    return filter;
}

/* The steps of groups of which there may be a record, by link: {link, {group, group, grade}}. */
static void sort_steps(const struct fact_list *of_all, const struct fact_set *records,
                       struct fact_set *by_link)
{
    struct hash_filter filter = filter_of_groups(records);
    struct loaded_block block = {.count = 0};
    for (size_t b = 0; b <= of_all->block_count; b++) {
        load_block(&block, of_all, b);
        for (size_t i = 0; i < block.count; i++) {
            if (!may_hold(&filter, loaded_key(&block, i)))
                continue;
            const struct fact step = loaded_fact(&block, i);
            put_fact(by_link,
                     (struct fact){join_parts(step.part[0], step.part[1]),
                                   {(uint32_t)step.key, (uint32_t)(step.key >> 32), step.part[2]}});
        }
    }
    unload_block(&block);
    free_filter(&filter);
    sort_facts(by_link);
}

/* The facts of a key of a cursor. Zeroed, there are none. */
struct fact_array {
    struct fact *items;
    size_t count, room;
    uint64_t key;
    bool is_taken;
};

/* Keys come in their order, each as often as may be. */
static void take_facts(struct fact_array *array, struct fact_cursor *cursor, uint64_t key)
{
    if (array->is_taken && array->key == key)
        return;
    array->key = key;
    array->is_taken = true;
    array->count = 0;
    for (skip_to_key(cursor, key); is_at_key(cursor, key); next_fact(cursor)) {
        GROW(array->items, array->count, array->room);
        array->items[array->count++] = cursor->fact;
    }
}

/* The courses of each group: {group, {course, local course, LEA, grade}}. Several teachers of one
 * section give its course several times; the set has it once. */
static void follow_links(const struct fact_set *by_link, const struct fact_set *courses_by_link,
                         struct fact_set *taken)
{
    struct fact_cursor step, course;
    struct fact_array courses = {.items = NULL}; /* of the link at hand */
    open_cursor(&step, by_link);
    open_cursor(&course, courses_by_link);
    for (; step.has_fact; next_fact(&step)) {
        take_facts(&courses, &course, step.fact.key);
        for (size_t i = 0; i < courses.count; i++)
            put_fact(taken, (struct fact){join_parts(step.fact.part[0], step.fact.part[1]),
                                          {courses.items[i].part[0], courses.items[i].part[1],
                                           courses.items[i].part[2], step.fact.part[2]}});
    }
    close_cursor(&step);
    close_cursor(&course);
    free(courses.items);
    sort_facts(taken);
}

/* A rule that looks at the courses of a join, and the scopes in which it can be asked: those for
 * which the files of the join are there. */
struct course_rule {
    const struct rule *rule;
    uint32_t number;
    bool *has_files;
};

/* A join while its records are met with their courses. */
struct following {
    struct all_facts *all;
    uint32_t number;
    const struct rule_join *join;
    const struct codeset *set;
    struct course_rule *rules;
    size_t rule_count;
    int *years;     /* per scope */
    char *answered; /* per text: what has_courses() said of it as a code; 0: not asked yet */
};

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
static bool has_courses(const struct following *following, uint32_t code)
{
    enum { YES = 1, NO = 2 };
    char *answer = &following->answered[code];
    for (size_t i = 0; i < following->set->code_count && *answer == 0; i++) {
        const char *found = code_property(&following->set->codes[i], following->join->property);
        if (found != NULL && strcmp(found, text_of(following->all, code)) == 0)
            *answer = YES;
    }
    if (*answer == 0)
        *answer = NO;
    return *answer == YES;
}

/* A record of the join, with those courses of its student that its code belongs to. */
struct joined_record {
    uint32_t code, source, record, scope;
    int year;
    const struct fact *courses;
    size_t count;
};

/* Whether one of the record's courses is as the rule wants it. */
static bool contains_wanted(const struct following *following, const struct rule *rule,
                            const struct joined_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        const char *course = text_of(following->all, record->courses[i].part[0]);
        if (codeset_has(following->set, slice_of(course), record->year, rule->property,
                        rule->value) &&
            grade_counts(rule, text_of(following->all, record->courses[i].part[3])))
            return true;
    }
    return false;
}

/* Whether the rule can be asked of the record: it is in force, the files of the join are there for
 * its scope, and there are courses to be looked for. */
static bool applies(const struct following *following, const struct course_rule *of_rule,
                    const struct joined_record *record)
{
    const struct rule *rule = of_rule->rule;
    return (record->year == YEAR_NONE ||
            (rule->first <= record->year && record->year <= rule->last)) &&
           of_rule->has_files[record->scope] &&
           (record->count > 0 || has_courses(following, record->code));
}

/* The flags of a course: which preferred properties it has, and whether its grade is unknown. */
static unsigned course_flags(const struct following *following, const char *course, int year)
{
    const struct rule_join *about = following->join;
    unsigned flags = 0;
    for (size_t p = 0; p < about->prefer_count && p < INDEX_MAX_PREFERRED; p++) {
        if (codeset_has(following->set, slice_of(course), year, about->prefer[p], NULL))
            flags |= 1U << p;
    }
    return flags;
}

static void add_completed(const struct following *following, const struct joined_record *record)
{
    struct all_facts *all = following->all;
    for (size_t i = 0; i < record->count; i++) {
        const struct fact *course = &record->courses[i];
        const char *grade = text_of(all, course->part[3]);
        const enum grade_meaning meaning = join_grade(following->join, grade, strlen(grade));
        if (meaning == GRADE_NOT_COMPLETED)
            continue;
        const unsigned flags = course_flags(following, text_of(all, course->part[0]), record->year);
        put_fact(&all->completed,
                 completed_fact(place_key(record->source, record->record), course,
                                following->number,
                                flags | (meaning == GRADE_UNKNOWN ? INDEX_GRADE_UNKNOWN : 0)));
    }
}

static void judge_record(const struct following *following, const struct joined_record *record)
{
    for (size_t r = 0; r < following->rule_count; r++) {
        const struct course_rule *of_rule = &following->rules[r];
        if (applies(following, of_rule, record) &&
            !contains_wanted(following, of_rule->rule, record))
            put_fact(&following->all->findings,
                     finding_fact(&(struct finding){.source = record->source,
                                                    .record = record->record,
                                                    .rule = of_rule->number}));
    }
}

/* Meets the records with the courses of their groups. */
static void follow_records(const struct following *following, const struct fact_set *records,
                           const struct fact_set *taken)
{
    const struct all_facts *all = following->all;
    struct fact_cursor at, course;
    struct fact_array courses = {.items = NULL}; /* of the group at hand */
    struct fact_array of_record = {.items = NULL};
    open_cursor(&at, records);
    open_cursor(&course, taken);
    for (; at.has_fact; next_fact(&at)) {
        take_facts(&courses, &course, at.fact.key);
        const uint32_t *part = at.fact.part;
        struct joined_record record = {
            part[0], part[2], part[3], part[1], following->years[part[1]], NULL, 0};
        of_record.count = 0;
        for (size_t i = 0; i < courses.count; i++) {
            const char *text = text_of(all, courses.items[i].part[0]);
            if (!codeset_has(following->set, slice_of(text), record.year, following->join->property,
                             text_of(all, record.code)))
                continue;
            GROW(of_record.items, of_record.count, of_record.room);
            of_record.items[of_record.count++] = courses.items[i];
        }
        record.courses = of_record.items;
        record.count = of_record.count;
        add_completed(following, &record);
        judge_record(following, &record);
    }
    close_cursor(&at);
    close_cursor(&course);
    free(courses.items);
    free(of_record.items);
}

/* The years that scopes end with. To be freed. */
static int *list_years(const struct all_facts *all)
{
    int *years = cte_alloc((all->scopes.count + 1) * sizeof *years);
    for (size_t i = 0; i < all->scopes.count; i++) {
        const char *year = strrchr(map_key(&all->scopes, i).at, '^') + 1;
        years[i] = academic_year(year, strlen(year));
    }
    return years;
}

/* The rules that look at the courses of the join. */
static void list_rules(struct following *following)
{
    const struct all_facts *all = following->all;
    following->rules = cte_zalloc(all->rules->rule_count + 1, sizeof *following->rules);
    for (uint32_t r = 0; r < all->rules->rule_count; r++) {
        const struct rule *rule = &all->rules->rules[r];
        if (rule->kind != RULE_CONTAINS || rule->join != following->join)
            continue;
        bool *in = list_scopes(all, rule->join->in),
             *through = list_scopes(all, rule->join->through);
        for (size_t i = 0; i < all->scopes.count; i++)
            in[i] = in[i] && through[i];
        free(through);
        following->rules[following->rule_count++] = (struct course_rule){rule, r, in};
    }
}

static void free_following(struct following *following)
{
    for (size_t i = 0; i < following->rule_count; i++)
        free(following->rules[i].has_files);
    free(following->rules);
    free(following->years);
    free(following->answered);
}

static void follow_join(struct all_facts *all, uint32_t number)
{
    struct across_join *join = &all->of_joins[number];
    struct following following = {.all = all, .number = number, .join = &all->rules->joins[number]};
    struct fact_set records = {.spool = all->spool}, steps = {.spool = all->spool},
                    courses = {.spool = all->spool}, taken = {.spool = all->spool};
    if (tables_codeset(all->tables, following.join->code_set, &following.set, all->error) != CTE_OK)
        return;
    following.years = list_years(all);
    following.answered = cte_zalloc(all->texts.count + 1, 1);
    list_rules(&following);
    put_list(&records, &join->records);
    sort_facts(&records);
    sort_steps(&join->steps, &records, &steps);
    free_fact_list(&join->steps);
    put_list(&courses, &join->courses);
    sort_facts(&courses);
    follow_links(&steps, &courses, &taken);
    free_facts(&steps);
    free_facts(&courses);
    follow_records(&following, &records, &taken);
    free_facts(&records);
    free_facts(&taken);
    free_following(&following);
}

void follow_joins(struct all_facts *all)
{
    /* A code set that a rule asks for belongs to the tables of the index, also where the files of
     * its join are not there. */
    for (size_t r = 0; r < all->rules->rule_count; r++) {
        const struct rule *rule = &all->rules->rules[r];
        const struct codeset *set;
        if (rule->kind == RULE_CONTAINS &&
            tables_codeset(all->tables, rule->join->code_set, &set, all->error) != CTE_OK)
            return;
    }
    for (uint32_t j = 0; j < all->rules->join_count && all->error->status == CTE_OK; j++) {
        struct across_join *join = &all->of_joins[j];
        /* without the files of the join, nothing is known of anybody's courses */
        if (has_facts(&join->records) && has_facts(&join->steps) && has_facts(&join->courses))
            follow_join(all, j);
        free_fact_list(&join->records);
        free_fact_list(&join->steps);
        free_fact_list(&join->courses);
    }
}
