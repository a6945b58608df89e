#include "pipeline/cte-report/held_courses.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/year.h"
#include "pipeline/stream/record.h"

/* A course with more codes than that is told with the first. */
enum { MOST_BYTES = 400 };

static void put_key(struct text *key, const char *lea, const char *year, const char *local)
{
    const char *const parts[] = {lea, year, local};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text_put(key, parts[i], strlen(parts[i]) + 1);
}

void ask_held_courses(struct held_courses *courses, const struct needed_list *questions)
{
    struct text key = {0};
    for (size_t i = 0; i < questions->count; i++) {
        const struct fact_needed *asked = &questions->items[i];
        const size_t known = courses->keys.count;
        if (asked->local[0] == '\0')
            continue;
        text_clear(&key);
        put_key(&key, asked->lea, asked->year, asked->local);
        if (map_add(&courses->keys, key.bytes, key.length) == known) {
            GROW(courses->items, known, courses->room);
            courses->items[known] = (struct held_course){.codes = {0}};
        }
    }
    text_free(&key);
}

static size_t find_key(const struct held_courses *courses, const char *lea, const char *year,
                       const char *local)
{
    struct text key = {0};
    put_key(&key, lea, year, local);
    const size_t number = map_find(&courses->keys, key.bytes, key.length);
    text_free(&key);
    return number;
}

/* Whether the list of codes has it. */
static bool has_code(const struct text *codes, const char *code)
{
    const size_t length = strlen(code);
    for (const char *at = strstr(text_string(codes), code); at != NULL; at = strstr(at + 1, code)) {
        if ((at == codes->bytes || at[-1] == ' ') && (at[length] == '\0' || at[length] == ';'))
            return true;
    }
    return false;
}

void add_held_course(struct held_courses *courses, const struct counted *counted,
                     const struct codeset *names)
{
    if (courses->keys.count == 0 || counted->state != STATE_HELD || counted->local[0] == '\0' ||
        counted->before[0] == '\0')
        return;
    const size_t number = find_key(courses, counted->lea, counted->year, counted->local);
    if (number == MAP_NONE || has_code(&courses->items[number].codes, counted->before) ||
        courses->items[number].codes.length > MOST_BYTES)
        return;
    const int year = academic_year(counted->year, strlen(counted->year));
    const char *name = names != NULL ? rollup_name(names, counted->before, year) : NULL;
    text_join(&courses->items[number].codes, "; ", counted->before);
    if (name != NULL)
        text_join(&courses->items[number].names, "; ", name);
}

const struct held_course *find_held_course(const struct held_courses *courses,
                                           const struct fact_needed *question)
{
    const size_t number = find_key(courses, question->lea, question->year, question->local);
    return number != MAP_NONE ? &courses->items[number] : NULL;
}

void free_held_courses(struct held_courses *courses)
{
    for (size_t i = 0; i < courses->keys.count; i++) {
        text_free(&courses->items[i].codes);
        text_free(&courses->items[i].names);
    }
    free(courses->items);
    map_free(&courses->keys);
    *courses = (struct held_courses){0};
}
