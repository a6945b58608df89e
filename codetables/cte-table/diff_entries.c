/* A table as entries, and what differs between two. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/table_diff.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* Where the entries of a kind of table stand, and what they are known by. */
static const struct shape {
    const char *kind;
    /* the element around them and its attribute that names the group; NULL: the root, no group */
    const char *outer, *group;
    const char *entry, *code;
} shapes[] = {
    {"crosswalk", "map", "id", "row", "code"},        {"codeset", NULL, NULL, "code", "value"},
    {"layout", "record", "types", "field", "number"}, {"rules", NULL, NULL, "rule", "id"},
    {"rollups", NULL, NULL, "rollup", "id"},
};

static void add_attribute(struct entry_attribute **list, size_t *count, char *name, char *value)
{
    /* Room is doubled at the powers of two. */
    if ((*count & (*count + 1)) == 0)
        *list = cte_realloc(*list, (2 * *count + 2) * sizeof **list);
    (*list)[(*count)++] = (struct entry_attribute){name, value};
}

static bool is_any(const xmlChar *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp((const char *)name, *names) == 0)
            return true;
    }
    return false;
}

/* An element within an entry is known by what does not tell why: `when 9.07 7133-7135`, `choice
 * 050100 -`. */
static char *inner_name(xmlNodePtr node)
{
    static const char *const naming[] = {"field", "values", "to", "value", "passes", NULL};
    struct text name = {0};
    text_add(&name, (const char *)node->name);
    const bool is_when = strcmp(text_string(&name), "when") == 0;
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        if (!is_any(a->name, naming) || (is_when && strcmp((const char *)a->name, "to") == 0))
            continue;
        char *value = attribute(node, (const char *)a->name);
        text_format(&name, " %s", value);
        free(value);
    }
    return text_take(&name);
}

static void read_entry(xmlNodePtr node, const struct shape *shape, const char *group,
                       struct diff_entry *entry)
{
    const char *const not_compared[] = {"n", "first", "last", shape->code, NULL}, *const number[] =
                                                                                      {"n", NULL};
    *entry = (struct diff_entry){.group = group,
                                 .code = attribute_or(node, shape->code, ""),
                                 .first = attribute_year(node, "first", YEAR_FIRST),
                                 .last = attribute_year(node, "last", YEAR_LAST),
                                 .n = attribute_or(node, "n", ""),
                                 .line = node_line(node)};
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        if (!is_any(a->name, not_compared))
            add_attribute(&entry->attributes, &entry->attribute_count,
                          cte_strdup((const char *)a->name),
                          attribute(node, (const char *)a->name));
    }
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL)) {
        char *name = inner_name(child);
        if (child->properties == NULL) {
            /* The second note of an entry is compared with the second. */
            size_t earlier = 0;
            for (xmlNodePtr other = child->prev; other != NULL; other = other->prev)
                earlier += other->type == XML_ELEMENT_NODE && other->properties == NULL &&
                           xmlStrEqual(other->name, child->name);
            add_attribute(&entry->attributes, &entry->attribute_count,
                          earlier > 0 ? cte_format("%s %zu", name, earlier + 1) : cte_strdup(name),
                          element_text(child));
        }
        for (xmlAttrPtr a = child->properties; a != NULL; a = a->next) {
            if (!is_any(a->name, number))
                add_attribute(&entry->attributes, &entry->attribute_count,
                              cte_format("%s %s", name, (const char *)a->name),
                              attribute(child, (const char *)a->name));
        }
        free(name);
    }
}

/* An element as one text: its attributes and its own text. */
static char *element_in_words(xmlNodePtr node, const struct shape *shape)
{
    struct text text = {0};
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        char *value = attribute(node, (const char *)a->name);
        text_join(&text, " ", (const char *)a->name);
        text_format(&text, "=%s", value);
        free(value);
    }
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL)) {
        if (strcmp((const char *)child->name, shape->entry) == 0)
            continue;
        char *inner = element_in_words(child, shape);
        text_format(&text, "; %s %s", (const char *)child->name, inner);
        free(inner);
    }
    if (first_element(node, NULL) != NULL || text.length > 0)
        return text_take(&text);
    text_free(&text);
    return element_text(node);
}

/* A row answers only in the years of its map. */
static void read_entries(xmlNodePtr parent, const struct shape *shape, const char *group,
                         struct entries *entries)
{
    size_t more = count_elements(parent, shape->entry);
    entries->list = cte_realloc(entries->list, (entries->count + more) * sizeof *entries->list);
    for (xmlNodePtr node = first_element(parent, shape->entry); node != NULL;
         node = next_element(node, shape->entry))
        read_entry(node, shape, group, &entries->list[entries->count++]);
    if (shape->outer == NULL)
        return;
    int first = attribute_year(parent, "first", YEAR_FIRST),
        last = attribute_year(parent, "last", YEAR_LAST);
    for (struct diff_entry *entry = entries->list + entries->count - more;
         entry < entries->list + entries->count; entry++) {
        entry->first = entry->first == YEAR_NONE || entry->first > first ? entry->first : first;
        entry->last = entry->last < last ? entry->last : last;
    }
}

bool entries_read(const char *kind, xmlNodePtr root, struct entries *entries)
{
    static const char *const identity[] = {"id", "version", "supersedes", NULL};
    const struct shape *shape = shapes;
    memset(entries, 0, sizeof *entries);
    while (shape < shapes + sizeof shapes / sizeof *shapes && strcmp(shape->kind, kind) != 0)
        shape++;
    if (shape == shapes + sizeof shapes / sizeof *shapes)
        return false;
    for (xmlAttrPtr a = root->properties; a != NULL; a = a->next) {
        if (!is_any(a->name, identity))
            add_attribute(&entries->head, &entries->head_count, cte_strdup((const char *)a->name),
                          attribute(root, (const char *)a->name));
    }
    for (xmlNodePtr node = first_element(root, NULL); node != NULL;
         node = next_element(node, NULL)) {
        const char *name = (const char *)node->name;
        if (strcmp(name, shape->entry) != 0)
            add_attribute(&entries->head, &entries->head_count, cte_strdup(name),
                          element_in_words(node, shape));
        if (shape->outer != NULL && strcmp(name, shape->outer) == 0) {
            char *group = attribute_or(node, shape->group, "");
            read_entries(node, shape, intern(group), entries);
            free(group);
        }
    }
    if (shape->outer == NULL)
        read_entries(root, shape, intern(""), entries);
    return true;
}

/* ---- what differs ---- */

static int compare_keys(const struct diff_entry *a, const struct diff_entry *b)
{
    int order = strcmp(a->group, b->group);
    return order != 0 ? order : strcmp(a->code, b->code);
}

static int compare_entries(const void *x, const void *y)
{
    const struct diff_entry *a = x, *b = y;
    int order = compare_keys(a, b);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static const char *value_of(const struct diff_entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->attribute_count; i++) {
        if (strcmp(entry->attributes[i].name, name) == 0)
            return entry->attributes[i].value;
    }
    return NULL;
}

static bool same_entry(const struct diff_entry *a, const struct diff_entry *b)
{
    if (a->attribute_count != b->attribute_count)
        return false;
    for (size_t i = 0; i < a->attribute_count; i++) {
        const char *other = value_of(b, a->attributes[i].name);
        if (other == NULL || strcmp(a->attributes[i].value, other) != 0)
            return false;
    }
    return true;
}

/* "kind: undecided -> renamed; to: - -> 050100 -"; of one entry alone, what it says. */
static char *in_words(const struct diff_entry *before, const struct diff_entry *after)
{
    struct text text = {0};
    const struct diff_entry *one = after != NULL ? after : before;
    for (size_t i = 0; before != NULL && after != NULL && i < before->attribute_count; i++) {
        const struct entry_attribute *a = &before->attributes[i];
        const char *now = value_of(after, a->name);
        if (now != NULL && strcmp(now, a->value) == 0)
            continue;
        text_join(&text, "; ", a->name);
        text_format(&text, ": %s -> %s", a->value, now != NULL ? now : "(nothing)");
    }
    for (size_t i = 0; i < one->attribute_count; i++) {
        const struct entry_attribute *a = &one->attributes[i];
        const bool is_alone = before == NULL || after == NULL;
        if (!is_alone && value_of(before, a->name) != NULL)
            continue;
        text_join(&text, "; ", a->name);
        text_format(&text, is_alone ? ": %s" : ": (nothing) -> %s", a->value);
    }
    return text_take(&text);
}

static void add_change(struct changes *changes, struct change change)
{
    GROW(changes->list, changes->count, changes->room);
    changes->list[changes->count++] = change;
}

/* The same difference as in the years just before is one with it. */
static void note_change(struct changes *changes, size_t from, const struct diff_entry *before,
                        const struct diff_entry *after, struct year_span years)
{
    for (size_t i = from; i < changes->count; i++) {
        struct change *change = &changes->list[i];
        if (change->before == before && change->after == after && change->last + 1 == years.first) {
            change->last = years.last;
            return;
        }
    }
    const struct diff_entry *one = after != NULL ? after : before;
    enum change_sort sort = before == NULL  ? CHANGE_ADDED
                            : after == NULL ? CHANGE_REMOVED
                                            : CHANGE_CHANGED;
    add_change(changes, (struct change){sort, one->group, one->code, years.first, years.last,
                                        before, after, in_words(before, after)});
}

struct side {
    const struct diff_entry *list;
    size_t count;
    bool *taken;
};

static bool in_year(const struct diff_entry *entry, int year)
{
    return entry->first <= year && year <= entry->last;
}

/* All that is said of one code in one stretch of years: what both say alike goes, the rest is
 * paired in its order. */
static void compare_stretch(const struct side *before, const struct side *after,
                            struct year_span years, size_t from, struct changes *changes)
{
    memset(before->taken, 0, before->count);
    memset(after->taken, 0, after->count);
    for (size_t a = 0; a < before->count; a++) {
        for (size_t b = 0;
             b < after->count && in_year(&before->list[a], years.first) && !before->taken[a]; b++) {
            if (in_year(&after->list[b], years.first) && !after->taken[b] &&
                same_entry(&before->list[a], &after->list[b]))
                before->taken[a] = after->taken[b] = true;
        }
    }
    size_t b = 0;
    for (size_t a = 0; a < before->count; a++) {
        if (before->taken[a] || !in_year(&before->list[a], years.first))
            continue;
        while (b < after->count && (after->taken[b] || !in_year(&after->list[b], years.first)))
            b++;
        note_change(changes, from, &before->list[a], b < after->count ? &after->list[b] : NULL,
                    years);
        b += b < after->count;
    }
    for (; b < after->count; b++) {
        if (!after->taken[b] && in_year(&after->list[b], years.first))
            note_change(changes, from, NULL, &after->list[b], years);
    }
}

static int compare_years(const void *x, const void *y)
{
    return *(const int *)x - *(const int *)y;
}

static void compare_code(const struct diff_entry *before, size_t before_count,
                         const struct diff_entry *after, size_t after_count,
                         struct changes *changes)
{
    struct side sides[2] = {{before, before_count, cte_zalloc(before_count, 1)},
                            {after, after_count, cte_zalloc(after_count, 1)}};
    int *starts = cte_zalloc(2 * (before_count + after_count) + 1, sizeof *starts);
    size_t count = 0, from = changes->count;
    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; i < sides[s].count; i++) {
            starts[count++] = sides[s].list[i].first;
            starts[count++] = sides[s].list[i].last + 1;
        }
    }
    qsort(starts, count, sizeof *starts, compare_years);
    for (size_t i = 0; i + 1 < count; i++) {
        if (starts[i] < starts[i + 1])
            compare_stretch(&sides[0], &sides[1], (struct year_span){starts[i], starts[i + 1] - 1},
                            from, changes);
    }
    free(starts);
    free(sides[0].taken);
    free(sides[1].taken);
}

static size_t run_of(const struct entries *entries, size_t at)
{
    size_t end = at + 1;
    while (end < entries->count && compare_keys(&entries->list[at], &entries->list[end]) == 0)
        end++;
    return end - at;
}

void entries_compare(struct entries *before, struct entries *after, struct changes *changes)
{
    if (before->count > 1)
        qsort(before->list, before->count, sizeof *before->list, compare_entries);
    if (after->count > 1)
        qsort(after->list, after->count, sizeof *after->list, compare_entries);
    for (size_t a = 0, b = 0; a < before->count || b < after->count;) {
        int order = a == before->count  ? 1
                    : b == after->count ? -1
                                        : compare_keys(&before->list[a], &after->list[b]);
        size_t of_a = order <= 0 ? run_of(before, a) : 0, of_b = order >= 0 ? run_of(after, b) : 0;
        compare_code(before->list + a, of_a, after->list + b, of_b, changes);
        a += of_a;
        b += of_b;
    }
}

static bool has(const struct entries *entries, const struct entry_attribute *wanted)
{
    for (size_t i = 0; i < entries->head_count; i++) {
        if (strcmp(entries->head[i].name, wanted->name) == 0 &&
            strcmp(entries->head[i].value, wanted->value) == 0)
            return true;
    }
    return false;
}

void heads_compare(const struct entries *before, const struct entries *after,
                   struct changes *changes)
{
    for (int s = 0; s < 2; s++) {
        const struct entries *one = s == 0 ? before : after, *other = s == 0 ? after : before;
        for (size_t i = 0; i < one->head_count; i++) {
            if (!has(other, &one->head[i]))
                add_change(changes, (struct change){.sort = s == 0 ? CHANGE_REMOVED : CHANGE_ADDED,
                                                    .group = "",
                                                    .code = "",
                                                    .first = YEAR_FIRST,
                                                    .last = YEAR_LAST,
                                                    .what = cte_format("%s: %s", one->head[i].name,
                                                                       one->head[i].value)});
        }
    }
}
