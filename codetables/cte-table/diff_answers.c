/* Of two crosswalks, what codes become, and nothing else: for tables that somebody else made, whose
 * reasons are other words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/cte-table/table_diff.h"

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    return strlen(text) >= strlen(with) && strcmp(text + strlen(text) - strlen(with), with) == 0;
}

static const char *value_of(const struct diff_entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->attribute_count; i++) {
        if (strcmp(entry->attributes[i].name, name) == 0)
            return entry->attributes[i].value;
    }
    return "";
}

/* What the row itself says: codes, or one word. */
static char *answer_of(const struct diff_entry *entry)
{
    static const char *const without_codes[] = {"undecided", "same", "none", "retired"};
    const char *kind = value_of(entry, "kind");
    for (size_t i = 0; i < sizeof without_codes / sizeof *without_codes; i++) {
        if (strcmp(kind, without_codes[i]) == 0)
            return cte_strdup(kind);
    }
    return cte_strdup(value_of(entry, "to"));
}

/* A choice counts where the row leaves something open, and says more than the row. */
static bool counts(const struct entry_attribute *choice, const char *answer)
{
    const bool is_open = strcmp(answer, "undecided") == 0 || strchr(answer, '-') != NULL;
    return is_open && strcmp(choice->value, answer) != 0;
}

static void keep_answer(struct diff_entry *entry)
{
    char *answer = answer_of(entry);
    size_t kept = 0;
    for (size_t i = 0; i < entry->attribute_count; i++) {
        struct entry_attribute *a = &entry->attributes[i];
        const bool is_target = ends(a->name, " to");
        if (is_target &&
            (begins(a->name, "when ") || (begins(a->name, "choice ") && counts(a, answer)))) {
            a->name[strlen(a->name) - strlen(" to")] = '\0';
            if (begins(a->name, "choice ")) {
                free(a->value); /* stands in the name */
                a->value = cte_strdup("offered");
            }
            entry->attributes[kept++] = *a;
        } else if (strcmp(a->name, "kind") == 0) {
            free(a->value);
            strcpy(a->name, "to");
            a->value = cte_strdup(answer);
            entry->attributes[kept++] = *a;
        } else {
            free(a->name);
            free(a->value);
        }
    }
    entry->attribute_count = kept;
    free(answer);
}

static void drop_entry(struct entries *entries, size_t i)
{
    free_entry(&entries->list[i]);
    entries->list[i] = entries->list[--entries->count];
}

/* The years that a code set has a code in, from the first to the last. */
static struct year_span years_of(const struct codeset *set, const char *value)
{
    struct year_span years = {YEAR_LAST, YEAR_FIRST};
    for (const struct code *code = codeset_find(set, value, strlen(value)); code != NULL;
         code = code->same) {
        years.first = code->first < years.first ? code->first : years.first;
        years.last = code->last > years.last ? code->last : years.last;
    }
    return years;
}

static bool is_code_of_year(const struct codeset *set, const char *value, int year)
{
    const struct code *code = codeset_find(set, value, strlen(value));
    while (code != NULL && (year < code->first || code->last < year))
        code = code->same;
    return code != NULL;
}

static bool holds_in(const struct diff_entry *entry, int year)
{
    return year == YEAR_NONE || (entry->first <= year && year <= entry->last);
}

/* Answers of a map to codes that its code set does not have in the year. */
struct ended {
    const struct crosswalk_map *map;
    struct text codes;
    size_t count;
};

/* Some are named; a crosswalk of all years has many of them. */
enum { MOST_NAMED = 12 };

static void note_ended(struct ended *ended, const struct diff_entry *entry)
{
    char text[YEARS_TEXT];
    const struct year_span years = years_of(ended->map->set, entry->code);
    if (ended->count++ >= MOST_NAMED)
        return;
    text_join(&ended->codes, ", ", entry->code);
    text_format(&ended->codes, " (%s)", years_text(years.first, years.last, text));
}

static void tell_ended(const struct answering *answering, struct ended *ended)
{
    char year[YEARS_TEXT];
    const struct table_identity *set = &ended->map->set->identity;
    if (ended->count > 0) {
        text_format(answering->told, "map %s: %s answers for %zu code%s that ", ended->map->id,
                    answering->name, ended->count, ended->count == 1 ? "" : "s");
        text_format(answering->told, "%s@%s does not have%s%s; not compared: %s%s\n", set->id,
                    set->version, answering->year != YEAR_NONE ? " in " : " then",
                    answering->year != YEAR_NONE ? year_text(answering->year, year) : "",
                    text_string(&ended->codes), ended->count > MOST_NAMED ? " and others" : "");
    }
    text_free(&ended->codes);
}

/* An answer to a code in a year in which there is no such code is none. */
static void keep_answers_of(struct entries *entries, const struct answering *answering,
                            const struct crosswalk_map *map)
{
    struct ended ended = {.map = map};
    size_t kept = 0;
    for (size_t i = 0; i < entries->count; i++) {
        struct diff_entry *entry = &entries->list[i];
        if (strcmp(entry->group, map->id) != 0) {
            entries->list[kept++] = *entry;
            continue;
        }
        const struct year_span own = {entry->first, entry->last},
                               years = common_years(years_of(map->set, entry->code), own);
        const bool is_asked = holds_in(entry, answering->year);
        if (years.first > years.last ||
            (is_asked && answering->year != YEAR_NONE &&
             !is_code_of_year(map->set, entry->code, answering->year))) {
            if (is_asked)
                note_ended(&ended, entry);
            free_entry(entry);
            continue;
        }
        entry->first = years.first;
        entry->last = years.last;
        keep_answer(entry);
        entries->list[kept++] = *entry;
    }
    entries->count = kept;
    if (answering->told != NULL)
        tell_ended(answering, &ended);
    else
        text_free(&ended.codes);
}

int entries_keep_answers(struct entries *entries, const struct answering *answering,
                         struct cte_error *error)
{
    struct loaded table;
    if (load_table(answering->tables, answering->file, &table, error) != CTE_OK)
        return error->status;
    for (size_t m = 0; m < table.crosswalk->map_count; m++)
        keep_answers_of(entries, answering, &table.crosswalk->maps[m]);
    loaded_free(&table);
    return CTE_OK;
}

static bool has_group(const struct entries *entries, const char *group)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->list[i].group == group) /* interned */
            return true;
    }
    return false;
}

void entries_keep_common(struct entries *entries, const struct entries *other, const char *name,
                         struct text *told)
{
    const char *last = NULL;
    for (size_t i = entries->count; i-- > 0;) {
        const char *group = entries->list[i].group;
        if (has_group(other, group))
            continue;
        if (group != last)
            text_format(told, "map %s is in %s alone, and is not compared\n", group, name);
        last = group;
        drop_entry(entries, i);
    }
}

void entries_keep_year(struct entries *entries, int year)
{
    for (size_t i = entries->count; i-- > 0;) {
        struct diff_entry *entry = &entries->list[i];
        if (entry->first > year || entry->last < year)
            drop_entry(entries, i);
        else
            entry->first = entry->last = year;
    }
}
