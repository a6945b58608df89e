#include "codetables/model/crosswalk.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

static const char *const kind_names[] = {
    [ROW_SAME] = "same",           [ROW_RENAMED] = "renamed",
    [ROW_MOVED] = "moved",         [ROW_MERGED] = "merged",
    [ROW_SPLIT_ONE] = "split-one", [ROW_SPLIT_ALL] = "split-all",
    [ROW_RETIRED] = "retired",     [ROW_NEW] = "new",
    [ROW_NONE] = "none",           [ROW_UNDECIDED] = "undecided",
};

/* The unique number of a row, condition or choice; 0 for one that is too large to be told from
 * others. */
static unsigned row_number(xmlNodePtr node)
{
    char *text = attribute_or(node, "n", "0");
    unsigned long n = strtoul(text, NULL, 10);
    free(text);
    return n <= UINT_MAX ? (unsigned)n : 0;
}

static void load_targets(xmlNodePtr node, const struct crosswalk_map *map, const char *path,
                         struct targets *to, struct cte_error *error)
{
    char *text = attribute(node, "to");
    if (text == NULL)
        return;
    size_t count;
    char **words = split_words(text, &count);
    free(text);
    if (count != map->output_count)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: row %u: `to` holds %zu codes, the map has %zu outputs", path,
                 node_line(node), row_number(node), count, map->output_count);
    for (size_t i = 0; i < count && count == map->output_count; i++)
        to->code[i] = strcmp(words[i], "-") == 0 ? NULL : words[i];
    free(words);
}

/* "7133-7135 7210" becomes ranges; a single code is a range of one. */
static void load_ranges(xmlNodePtr node, const char *path, struct crosswalk_when *when,
                        struct cte_error *error)
{
    char *text = attribute_or(node, "values", "");
    char **words = split_words(text, &when->range_count);
    when->text = cte_format("%s in %s", when->field, text);
    free(text);
    when->ranges = cte_zalloc(when->range_count, sizeof *when->ranges);
    for (size_t i = 0; i < when->range_count; i++) {
        char *dash = strchr(words[i], '-');
        if (dash != NULL)
            *dash = '\0';
        struct value_range *range = &when->ranges[i];
        range->first = words[i];
        range->last = dash != NULL ? dash + 1 : words[i];
        range->length = strlen(range->first);
        if (strlen(range->last) != range->length || strcmp(range->first, range->last) > 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: a range runs from a code to a later one of equal length",
                     path, node_line(node), row_number(node));
    }
    free(words);
}

static struct crosswalk_why load_why(xmlNodePtr node)
{
    return (struct crosswalk_why){attribute_or(node, "confidence", ""),
                                  attribute_or(node, "basis", ""), attribute_or(node, "note", "")};
}

static void load_row(xmlNodePtr node, const struct crosswalk_map *map, const char *path,
                     struct crosswalk_row *row, struct cte_error *error)
{
    row->n = row_number(node);
    row->line = node_line(node);
    row->code = attribute_or(node, "code", "");
    row->length = (uint32_t)strlen(row->code);
    row->name = attribute_or(node, "name", "");
    row->why = load_why(node);
    row->first = attribute_year(node, "first", YEAR_FIRST);
    row->last = attribute_year(node, "last", YEAR_LAST);
    char *kind = attribute_or(node, "kind", "");
    size_t k = 0;
    while (k < sizeof kind_names / sizeof *kind_names && strcmp(kind_names[k], kind) != 0)
        k++;
    free(kind);
    if (k == sizeof kind_names / sizeof *kind_names) {
        cte_fail(error, CTE_BAD_TABLE, "%s:%ld: row %u: unknown kind", path, row->line, row->n);
        return;
    }
    row->kind = (enum row_kind)k;
    row->kind_name = kind_names[k];
    load_targets(node, map, path, &row->to, error);
    row->when_count = count_elements(node, "when");
    row->whens = cte_zalloc(row->when_count, sizeof *row->whens);
    struct crosswalk_when *when = row->whens;
    for (xmlNodePtr w = first_element(node, "when"); w != NULL;
         w = next_element(w, "when"), when++) {
        when->n = row_number(w);
        when->line = node_line(w);
        when->why = load_why(w);
        when->field = attribute_or(w, "field", "");
        load_ranges(w, path, when, error);
        load_targets(w, map, path, &when->to, error);
    }
    row->choice_count = count_elements(node, "choice");
    row->choices = cte_zalloc(row->choice_count, sizeof *row->choices);
    struct crosswalk_choice *choice = row->choices;
    for (xmlNodePtr c = first_element(node, "choice"); c != NULL;
         c = next_element(c, "choice"), choice++) {
        choice->n = row_number(c);
        choice->line = node_line(c);
        choice->role = attribute_or(c, "role", "");
        choice->why = load_why(c);
        load_targets(c, map, path, &choice->to, error);
    }
}

static struct crosswalk_row **slot_of(const struct crosswalk_map *map, const char *code,
                                      size_t length)
{
    size_t i = keyed_hash(code, length) & map->slot_mask;
    while (map->slots[i] != NULL &&
           (map->slots[i]->length != length || memcmp(map->slots[i]->code, code, length) != 0))
        i = (i + 1) & map->slot_mask;
    return &map->slots[i];
}

static void index_rows(struct crosswalk_map *map)
{
    size_t room = 16;
    while (room < map->row_count * 2)
        room *= 2;
    map->slots = cte_zalloc(room, sizeof(struct crosswalk_row *));
    map->slot_mask = room - 1;
    /* The last row of each code, so that many rows of one code are not walked again and again. */
    struct crosswalk_row **last = cte_zalloc(room, sizeof(struct crosswalk_row *));
    for (size_t i = 0; i < map->row_count; i++) {
        struct crosswalk_row **slot = slot_of(map, map->rows[i].code, map->rows[i].length),
                             **end = &last[slot - map->slots];
        if (*slot == NULL)
            *slot = &map->rows[i];
        else
            (*end)->same = &map->rows[i];
        *end = &map->rows[i];
    }
    free(last);
}

static void load_map(xmlNodePtr node, const char *path, struct crosswalk_map *map,
                     struct cte_error *error)
{
    map->line = node_line(node);
    map->notes = element_texts(node, "note", &map->note_count);
    map->id = attribute_or(node, "id", "");
    map->from = attribute_or(node, "from", "");
    char *unlisted = attribute_or(node, "unlisted", "hold");
    map->evidence = attribute(node, "evidence");
    map->unlisted_passes = strcmp(unlisted, "pass") == 0;
    free(unlisted);
    map->first = attribute_year(node, "first", YEAR_FIRST);
    map->last = attribute_year(node, "last", YEAR_LAST);
    for (xmlNodePtr o = first_element(node, "output"); o != NULL; o = next_element(o, "output")) {
        if (map->output_count == CROSSWALK_MAX_OUTPUTS) {
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: a map has at most %d outputs", path,
                     node_line(o), CROSSWALK_MAX_OUTPUTS);
            break;
        }
        map->outputs[map->output_count].id = attribute_or(o, "id", "");
        map->outputs[map->output_count++].code_set = attribute_or(o, "code-set", "");
    }
    if (map->first == YEAR_NONE || map->last == YEAR_NONE || map->first > map->last)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: map %s: first and last are not academic years in order", path,
                 node_line(node), map->id);
    for (size_t i = 0; i < map->output_count; i++) {
        if (crosswalk_output(map, map->outputs[i].id) != (int)i)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: map %s has output %s twice", path,
                     node_line(node), map->id, map->outputs[i].id);
    }
    map->row_count = count_elements(node, "row");
    map->rows = cte_zalloc(map->row_count, sizeof *map->rows);
    struct crosswalk_row *row = map->rows;
    for (xmlNodePtr r = first_element(node, "row"); r != NULL; r = next_element(r, "row"), row++)
        load_row(r, map, path, row, error);
    index_rows(map);
}

int crosswalk_load(const char *path, const char *schema_path, struct crosswalk *crosswalk,
                   struct cte_error *error)
{
    memset(crosswalk, 0, sizeof *crosswalk);
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &crosswalk->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    crosswalk->target_layout = attribute(root, "target-layout");
    crosswalk->map_count = count_elements(root, "map");
    crosswalk->maps = cte_zalloc(crosswalk->map_count, sizeof *crosswalk->maps);
    struct crosswalk_map *map = crosswalk->maps;
    for (xmlNodePtr m = first_element(root, "map"); m != NULL; m = next_element(m, "map"), map++)
        load_map(m, path, map, error);
    xmlFreeDoc(doc);
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        if (crosswalk_map(crosswalk, crosswalk->maps[i].id) != &crosswalk->maps[i])
            cte_fail(error, CTE_BAD_TABLE, "%s: map %s stands twice", path, crosswalk->maps[i].id);
    }
    return error->status;
}

static void check_targets(const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                          unsigned n, long line, const struct targets *to, struct cte_error *error)
{
    for (size_t i = 0; i < map->output_count; i++) {
        const struct crosswalk_output *output = &map->outputs[i];
        if (to->code[i] != NULL && output->set != NULL &&
            codeset_find(output->set, to->code[i], strlen(to->code[i])) == NULL)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: row %u: target code %s is not in code set %s",
                     crosswalk->identity.path, line, n, to->code[i], output->code_set);
    }
}

static void check_row(const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                      const struct crosswalk_row *row, struct cte_error *error)
{
    const char *path = crosswalk->identity.path;
    if (row->first == YEAR_NONE || row->last == YEAR_NONE || row->first > row->last)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: row %u: first and last are not academic years in order", path, row->line,
                 row->n);
    check_targets(crosswalk, map, row->n, row->line, &row->to, error);
    for (size_t i = 0; i < row->when_count; i++)
        check_targets(crosswalk, map, row->whens[i].n, row->whens[i].line, &row->whens[i].to,
                      error);
    for (size_t i = 0; i < row->choice_count; i++)
        check_targets(crosswalk, map, row->choices[i].n, row->choices[i].line, &row->choices[i].to,
                      error);
    if (row->kind == ROW_NEW)
        return; /* it has no source code */
    if (map->set != NULL && codeset_find(map->set, row->code, row->length) == NULL)
        cte_fail(error, CTE_BAD_TABLE, "%s:%ld: row %u: source code %s is not in code set %s", path,
                 row->line, row->n, row->code, map->from);
    /* One is enough to know of. */
    for (const struct crosswalk_row *other = row->same; other != NULL; other = other->same) {
        if (other->first <= row->last && row->first <= other->last) {
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: rows %u and %u both answer for code %s in one year", path,
                     other->line, other->n, row->n, other->n, row->code);
            break;
        }
    }
}

/* A row, condition or choice, and where it stands. */
struct numbered {
    unsigned n;
    long line;
};

static int compare_numbers(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    return x->n != y->n ? (x->n > y->n) - (x->n < y->n) : (x->line > y->line) - (x->line < y->line);
}

static void check_numbers(const struct crosswalk *crosswalk, struct cte_error *error)
{
    size_t count = 0, room = 64;
    struct numbered *numbers = cte_alloc(room * sizeof *numbers);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        for (size_t r = 0; r < crosswalk->maps[m].row_count; r++) {
            const struct crosswalk_row *row = &crosswalk->maps[m].rows[r];
            size_t more = 1 + row->when_count + row->choice_count;
            while (count + more > room)
                numbers = cte_realloc(numbers, (room *= 2) * sizeof *numbers);
            numbers[count++] = (struct numbered){row->n, row->line};
            for (size_t i = 0; i < row->when_count; i++)
                numbers[count++] = (struct numbered){row->whens[i].n, row->whens[i].line};
            for (size_t i = 0; i < row->choice_count; i++)
                numbers[count++] = (struct numbered){row->choices[i].n, row->choices[i].line};
        }
    }
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < count; i++) {
        if (numbers[i].n == 0)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: a row number is not a number from 1 to %u",
                     crosswalk->identity.path, numbers[i].line, UINT_MAX);
        else if (i > 0 && numbers[i].n == numbers[i - 1].n)
            cte_fail(
                error, CTE_BAD_TABLE,
                "%s:%ld: row %u: row number %u stands twice, also on line %ld; give each its own",
                crosswalk->identity.path, numbers[i].line, numbers[i].n, numbers[i].n,
                numbers[i - 1].line);
    }
    free(numbers);
}

int crosswalk_check(const struct crosswalk *crosswalk, struct cte_error *error)
{
    check_numbers(crosswalk, error);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        for (size_t r = 0; r < crosswalk->maps[m].row_count; r++)
            check_row(crosswalk, &crosswalk->maps[m], &crosswalk->maps[m].rows[r], error);
    }
    return error->status;
}

const struct crosswalk_map *crosswalk_map(const struct crosswalk *crosswalk, const char *id)
{
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        if (strcmp(crosswalk->maps[i].id, id) == 0)
            return &crosswalk->maps[i];
    }
    return NULL;
}

const struct crosswalk_row *crosswalk_rows(const struct crosswalk_map *map, const char *code,
                                           size_t length)
{
    return *slot_of(map, code, length);
}

const struct crosswalk_row *crosswalk_lookup(const struct crosswalk_map *map, const char *code,
                                             size_t length, int year)
{
    const struct crosswalk_row *row = *slot_of(map, code, length);
    if (year < map->first || year > map->last)
        return NULL;
    while (row != NULL && (year < row->first || year > row->last))
        row = row->same;
    return row;
}

int crosswalk_output(const struct crosswalk_map *map, const char *id)
{
    for (size_t i = 0; i < map->output_count; i++) {
        if (strcmp(map->outputs[i].id, id) == 0)
            return (int)i;
    }
    return -1;
}

bool when_holds(const struct crosswalk_when *when, const char *value, size_t length)
{
    for (size_t i = 0; i < when->range_count; i++) {
        const struct value_range *range = &when->ranges[i];
        if (range->length == length && memcmp(range->first, value, length) <= 0 &&
            memcmp(value, range->last, length) <= 0)
            return true;
    }
    return false;
}

static bool same_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool targets_hold(const struct targets *to, size_t outputs, const char *code, size_t length)
{
    for (size_t i = 0; i < outputs; i++) {
        if (to->code[i] != NULL && strlen(to->code[i]) == length &&
            memcmp(to->code[i], code, length) == 0)
            return true;
    }
    return false;
}

unsigned row_offers(const struct crosswalk_map *map, const struct crosswalk_row *row,
                    const char *code, size_t length, struct targets *to)
{
    unsigned n = 0;
    for (size_t c = 0; c < row->choice_count; c++) {
        const struct crosswalk_choice *choice = &row->choices[c];
        if (!targets_hold(&choice->to, map->output_count, code, length))
            continue;
        if (n == 0) {
            n = choice->n;
            *to = choice->to;
            continue;
        }
        n = row->n;
        for (size_t i = 0; i < map->output_count; i++) {
            if (!same_code(to->code[i], choice->to.code[i]))
                to->code[i] = NULL;
        }
    }
    if (n == 0 && row->kind != ROW_UNDECIDED &&
        targets_hold(&row->to, map->output_count, code, length)) {
        n = row->n;
        *to = row->to;
    }
    return n;
}

/* Whether the word of `length` bytes is the code, but for zeros at the front of the code. */
static bool lost_zeros(const char *code, const char *word, size_t length)
{
    size_t zeros = 0, code_length = strlen(code);
    if (length == 0 || length > code_length)
        return false;
    while (zeros < code_length - length && code[zeros] == '0')
        zeros++;
    return zeros == code_length - length && memcmp(code + zeros, word, length) == 0;
}

/* Takes each code of the targets that `word` may mean into *meant; false when that makes it two. */
static bool take_meant(const struct targets *to, size_t outputs, const char *word, size_t length,
                       const char **meant)
{
    for (size_t i = 0; i < outputs; i++) {
        if (to->code[i] == NULL || !lost_zeros(to->code[i], word, length))
            continue;
        if (*meant != NULL && strcmp(*meant, to->code[i]) != 0)
            return false;
        *meant = to->code[i];
    }
    return true;
}

const char *row_code_meant(const struct crosswalk_map *map, const struct crosswalk_row *row,
                           const char *text)
{
    struct targets ignored;
    if (row_offers(map, row, text, strlen(text), &ignored) != 0)
        return text;
    size_t length = strcspn(text, " ");
    if (strchr(text, ';') != NULL) /* the whole list of choices */
        return NULL;
    const char *meant = NULL;
    bool is_one = true;
    for (size_t c = 0; c < row->choice_count && is_one; c++)
        is_one = take_meant(&row->choices[c].to, map->output_count, text, length, &meant);
    if (row->kind != ROW_UNDECIDED && is_one)
        is_one = take_meant(&row->to, map->output_count, text, length, &meant);
    return is_one ? meant : NULL;
}
