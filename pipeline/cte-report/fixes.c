#include "pipeline/cte-report/fixes.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

/* What says where is no longer; a source beyond it is in the findings. */
enum { MOST_WHERE = 160 };

static const char *keep_text(struct fixes *fixes, const char *text)
{
    return map_key(&fixes->texts, map_add_string(&fixes->texts, text)).at;
}

static void put_key(struct text *key, const char *const *parts, size_t count, char severity)
{
    for (size_t i = 0; i < count; i++)
        text_add_part(key, parts[i]);
    text_add_byte(key, severity);
}

/* The number of the words for a rule about a field. */
static size_t number_rule(struct fixes *fixes, const char *rule, const char *field, char severity)
{
    struct text key = {0};
    put_key(&key, (const char *const[]){rule, field}, 2, severity);
    const size_t known = fixes->rules.count, number = map_add(&fixes->rules, key.bytes, key.length);
    text_free(&key);
    if (number == known) {
        GROW(fixes->words, known, fixes->words_room);
        fixes->words[number] = (struct fix_words){.name = ""};
    }
    return number;
}

static void take_breach(struct fixes *fixes, const struct fact_breach *breach, const char *source)
{
    const char *const parts[] = {breach->lea, breach->school, breach->type, breach->rule,
                                 breach->field};
    struct text key = {0};
    put_key(&key, parts, sizeof parts / sizeof *parts, breach->severity);
    const size_t known = fixes->count, number = known < FIXES_MOST
                                                    ? map_add(&fixes->keys, key.bytes, key.length)
                                                    : map_find(&fixes->keys, key.bytes, key.length);
    text_free(&key);
    if (number == MAP_NONE) {
        fixes->left += breach->records;
        return;
    }
    if (number == known) {
        GROW(fixes->items, fixes->count, fixes->room);
        fixes->items[fixes->count++] = (struct fix){
            .lea = keep_text(fixes, breach->lea),
            .school = keep_text(fixes, breach->school),
            .type = keep_text(fixes, breach->type),
            .rule = keep_text(fixes, breach->rule),
            .field = keep_text(fixes, breach->field),
            .severity = breach->severity,
            .words = number_rule(fixes, breach->rule, breach->field, breach->severity)};
    }
    struct fix *fix = &fixes->items[number];
    fix->records += breach->records;
    if (fix->where.length < MOST_WHERE)
        text_format(&fix->where, "%s%s: %s", fix->where.length > 0 ? "; " : "", source,
                    breach->lines);
}

void take_fixes(struct fixes *fixes, const struct account *account, const char *source)
{
    for (const struct fact_breach *breach = account_first(account, FACT_BREACH); breach != NULL;
         breach = account_next(account, FACT_BREACH, breach))
        take_breach(fixes, breach, source);
}

/* ---- words ---- */

void cut_to_common(char *text, const char *other)
{
    static const char more[] = " \xE2\x80\xA6";
    size_t length = 0;
    if (strcmp(text, other) == 0)
        return;
    while (text[length] != '\0' && text[length] == other[length])
        length++;
    while (length > 0 && text[length - 1] != ' ')
        length--;
    length -= length > 0;
    if (strlen(text) + 1 >= length + sizeof more)
        memcpy(text + length, more, sizeof more);
    else
        text[length] = '\0';
}

char *cut_action(char *message)
{
    char *last = NULL;
    for (char *at = message; (at = strstr(at, "; ")) != NULL; at++)
        last = at;
    if (last == NULL)
        return message + strlen(message);
    *last = '\0';
    return last + 2;
}

static void take_words(struct fix_words *words, const struct fact_found *found)
{
    char *wrong = cte_strdup(found->message), *to_do = cut_action(wrong);
    words->waits = words->waits || found->waits == WAITS_FOR_DECISION;
    if (words->wrong == NULL) {
        words->name = found->name;
        words->wrong = cte_strdup(wrong);
        words->to_do = cte_strdup(to_do);
    } else {
        cut_to_common(words->wrong, wrong);
        cut_to_common(words->to_do, to_do);
    }
    free(wrong);
}

/* ---- order ---- */

static int compare_fixes(const void *x, const void *y)
{
    static const char order[] = "FHWC";
    const struct fix *a = x, *b = y;
    const char *p = strchr(order, a->severity), *q = strchr(order, b->severity);
    if (p != q)
        return p < q ? -1 : 1;
    if (a->records != b->records)
        return a->records > b->records ? -1 : 1;
    const char *const texts[][2] = {{a->lea, b->lea},
                                    {a->school, b->school},
                                    {a->type, b->type},
                                    {a->rule, b->rule},
                                    {a->field, b->field}};
    int compared = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && compared == 0; i++)
        compared = strcmp(texts[i][0], texts[i][1]);
    return compared;
}

void sort_fixes(struct fixes *fixes, const struct account *findings)
{
    for (const struct fact_found *found = account_first(findings, FACT_FOUND); found != NULL;
         found = account_next(findings, FACT_FOUND, found)) {
        const size_t number = number_rule(fixes, found->rule, found->field, found->severity);
        take_words(&fixes->words[number], found);
    }
    if (fixes->count > 1)
        qsort(fixes->items, fixes->count, sizeof *fixes->items, compare_fixes);
}

void free_fixes(struct fixes *fixes)
{
    for (size_t i = 0; i < fixes->count; i++)
        text_free(&fixes->items[i].where);
    for (size_t i = 0; i < fixes->rules.count; i++) {
        free(fixes->words[i].wrong);
        free(fixes->words[i].to_do);
    }
    free(fixes->items);
    free(fixes->words);
    map_free(&fixes->keys);
    map_free(&fixes->texts);
    map_free(&fixes->rules);
    *fixes = (struct fixes){.count = 0};
}
