#include "codetables/cte-table/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/base/map.h"

/* Letters, digits, and one class for all else. */
enum { CLASSES = 26 + 10 + 1, GRAM_WORDS = (CLASSES * CLASSES + 63) / 64, NEAREST = 3 };

/* A name, folded, and the pairs of neighbouring letters in it as a set of bits. */
struct known {
    char *text;
    uint64_t grams[GRAM_WORDS];
    const struct code *code;
    size_t next; /* the next one of the same name, from 1; 0: none */
};

struct names {
    const struct codeset *set;
    struct known *list;
    size_t count;
    struct map folded;
    size_t *firsts; /* of each name in `folded`: the first in the list that has it, from 1 */
};

/* What typesetting makes of plain characters, and what counts for nothing. */
static const struct {
    const char *from, *to;
} folds[] = {{"&", " and "},
             {",", ""},
             {".", ""},
             {"'", ""},
             {"-", " "},
             {"/", " "},
             {"\t", " "},
             {"\n", " "},
             {"\r", " "},
             {"\xc2\xa0", " "},
             {"\xe2\x80\x93", " "},
             {"\xe2\x80\x94", " "},
             {"\xe2\x80\x98", ""},
             {"\xe2\x80\x99", ""},
             {"\xe2\x80\x91", " "}};

char *folded(const char *text)
{
    char *fold = cte_alloc(5 * strlen(text) + 1), *end = fold;
    while (*text != '\0') {
        const char *put = NULL;
        for (size_t i = 0; i < sizeof folds / sizeof *folds && put == NULL; i++) {
            if (strncmp(text, folds[i].from, strlen(folds[i].from)) == 0) {
                put = folds[i].to;
                text += strlen(folds[i].from);
            }
        }
        char one[2] = {*text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text, '\0'};
        if (put == NULL) {
            put = one;
            text++;
        }
        for (; *put != '\0'; put++) {
            if (*put != ' ' || (end > fold && end[-1] != ' '))
                *end++ = *put;
        }
    }
    if (end > fold && end[-1] == ' ')
        end--;
    *end = '\0';
    return fold;
}

static unsigned class_of(char c)
{
    return c >= 'a' && c <= 'z'   ? (unsigned)(c - 'a')
           : c >= '0' && c <= '9' ? 26 + (unsigned)(c - '0')
                                  : CLASSES - 1;
}

/* Each pair has a bit of its own, so that what is near does not depend on the process. */
static void take_grams(const char *text, uint64_t grams[GRAM_WORDS])
{
    memset(grams, 0, GRAM_WORDS * sizeof *grams);
    for (; text[0] != '\0' && text[1] != '\0'; text++) {
        const unsigned bit = class_of(text[0]) * CLASSES + class_of(text[1]);
        grams[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

/* Shared pairs against all pairs, in a thousand. */
static unsigned likeness(const uint64_t a[GRAM_WORDS], const uint64_t b[GRAM_WORDS])
{
    unsigned shared = 0, all = 0;
    for (size_t i = 0; i < GRAM_WORDS; i++) {
        shared += (unsigned)__builtin_popcountll(a[i] & b[i]);
        all += (unsigned)(__builtin_popcountll(a[i]) + __builtin_popcountll(b[i]));
    }
    return all == 0 ? 0 : 2 * 1000 * shared / all;
}

static void add(struct names *names, const char *text, const struct code *code)
{
    struct known *known = &names->list[names->count++];
    known->text = folded(text);
    known->code = code;
    take_grams(known->text, known->grams);
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i].text);
    free(names->list);
    free(names->firsts);
    map_free(&names->folded);
    free(names);
}

int names_open(struct tables *tables, const char *set_id, struct names **result,
               struct cte_error *error)
{
    const struct codeset *set = NULL, *more = NULL;
    int status = tables_codeset(tables, set_id, &set, error);
    if (status != CTE_OK)
        return status;
    if (set->kind != CODESET_LIST && set->kind != CODESET_PAIRS)
        return cte_fail(error, CTE_USAGE,
                        "code set %s lists no codes, so nothing can be looked up in it", set_id);
    char *other = cte_format("%s-names", set->identity.id);
    struct cte_error missing = {0};
    if (tables_has_codeset(tables, other, &missing))
        status = tables_codeset(tables, other, &more, error);
    free(other);
    if (status != CTE_OK)
        return status;
    struct names *names = cte_zalloc(1, sizeof *names);
    names->set = set;
    names->list =
        cte_zalloc(set->code_count + (more != NULL ? more->code_count : 0), sizeof *names->list);
    for (size_t i = 0; i < set->code_count; i++)
        add(names, set->codes[i].name, &set->codes[i]);
    for (size_t i = 0; more != NULL && i < more->code_count; i++) {
        const struct code *code = codeset_find(set, more->codes[i].value, more->codes[i].length);
        if (code == NULL) {
            names_free(names);
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s: code %s is not in code set %s, whose names it lists",
                            more->identity.path, more->codes[i].value, set_id);
        }
        add(names, more->codes[i].name, code);
    }
    names->firsts = cte_zalloc(names->count, sizeof *names->firsts);
    for (size_t i = names->count; i-- > 0;) {
        size_t *first = &names->firsts[map_add_string(&names->folded, names->list[i].text)];
        names->list[i].next = *first;
        *first = i + 1;
    }
    *result = names;
    return CTE_OK;
}

const struct codeset *names_set(const struct names *names)
{
    return names->set;
}

size_t names_find(const struct names *names, const char *text,
                  const struct code *found[NAMES_MAX_FOUND])
{
    found[0] = codeset_find(names->set, text, strlen(text));
    if (found[0] != NULL)
        return 1;
    char *fold = folded(text);
    size_t count = 0;
    const size_t number = map_find_string(&names->folded, fold);
    for (size_t at = number != MAP_NONE ? names->firsts[number] : 0; at != 0;
         at = names->list[at - 1].next) {
        const struct code *code = names->list[at - 1].code;
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(found[i]->value, code->value) == 0;
        if (!known && count < NAMES_MAX_FOUND)
            found[count++] = code;
    }
    free(fold);
    return count;
}

bool names_end_with(const struct names *names, const char *end)
{
    char *fold = folded(end);
    const size_t length = strlen(fold);
    bool found = false;
    for (size_t i = 0; i < names->count && !found; i++) {
        const size_t own = strlen(names->list[i].text);
        found = own >= length && strcmp(names->list[i].text + own - length, fold) == 0;
    }
    free(fold);
    return found;
}

const char *names_with_zeros(const struct names *names, const char *text)
{
    static const char zeros[] = "00000000";
    const char *value = NULL;
    for (size_t n = 1; n < sizeof zeros && value == NULL; n++) {
        char *padded = cte_format("%.*s%s", (int)n, zeros, text);
        const struct code *code = codeset_find(names->set, padded, strlen(padded));
        value = code != NULL ? code->value : NULL;
        free(padded);
    }
    return value;
}

char *names_nearest(const struct names *names, const char *text)
{
    char *fold = folded(text);
    uint64_t grams[GRAM_WORDS], code_grams[GRAM_WORDS];
    take_grams(fold, grams);
    const struct code *best[NEAREST] = {0};
    unsigned ranks[NEAREST] = {0};
    for (size_t i = 0; i < names->count; i++) {
        const struct code *code = names->list[i].code;
        take_grams(code->value, code_grams);
        unsigned by_name = likeness(grams, names->list[i].grams),
                 by_code = likeness(grams, code_grams);
        unsigned rank = by_name > by_code ? by_name : by_code;
        size_t at = 0;
        while (at < NEAREST && best[at] != NULL && best[at] != code &&
               strcmp(best[at]->value, code->value) != 0)
            at++;
        if (at == NEAREST)
            at = NEAREST - 1;
        if (rank < 300 || rank <= ranks[at])
            continue;
        /* The new one takes the place of itself, of nobody, or of the last; then it moves up. */
        best[at] = code;
        ranks[at] = rank;
        for (; at > 0 && ranks[at - 1] < ranks[at]; at--) {
            const struct code *c = best[at - 1];
            unsigned r = ranks[at - 1];
            best[at - 1] = best[at], ranks[at - 1] = ranks[at];
            best[at] = c, ranks[at] = r;
        }
    }
    free(fold);
    struct text list = {0};
    for (size_t i = 0; i < NEAREST && best[i] != NULL; i++) {
        text_join(&list, "; ", best[i]->value);
        text_format(&list, " %s", best[i]->name);
    }
    return text_take(&list);
}
