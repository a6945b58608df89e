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

/* An answer to a code in a year in which there is no such code is none. */
static struct year_span years_of(const struct crosswalk *crosswalk, const struct diff_entry *entry)
{
    const struct crosswalk_map *map = crosswalk_map(crosswalk, entry->group);
    struct year_span years = {YEAR_LAST, YEAR_FIRST};
    for (const struct code *code = codeset_find(map->set, entry->code, strlen(entry->code));
         code != NULL; code = code->same) {
        years.first = code->first < years.first ? code->first : years.first;
        years.last = code->last > years.last ? code->last : years.last;
    }
    return common_years(years, (struct year_span){entry->first, entry->last});
}

int entries_keep_answers(struct entries *entries, struct tables *tables,
                         const struct table_file *file, struct cte_error *error)
{
    struct loaded table;
    if (load_table(tables, file, &table, error) != CTE_OK)
        return error->status;
    for (size_t i = entries->count; i-- > 0;) {
        struct diff_entry *entry = &entries->list[i];
        const struct year_span years = years_of(table.crosswalk, entry);
        if (years.first > years.last) {
            drop_entry(entries, i);
            continue;
        }
        entry->first = years.first;
        entry->last = years.last;
        keep_answer(entry);
    }
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

void entries_keep_common(struct entries *entries, const struct entries *other, const char *name)
{
    const char *told = NULL;
    for (size_t i = entries->count; i-- > 0;) {
        const char *group = entries->list[i].group;
        if (has_group(other, group))
            continue;
        if (group != told)
            printf("map %s is in %s alone, and is not compared\n", group, name);
        told = group;
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
