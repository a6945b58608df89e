/* What a text may be: values, lists, and the types of XML Schema, as libxml2 knows them. */
#include <stdlib.h>
#include <string.h>

#include "codetables/model/relaxng_pattern.h"
#include "codetables/model/table.h"
#include "codetables/base/memory.h"

static const char blanks[] = " \t\r\n";

bool is_blank(const char *text)
{
    return text[strspn(text, blanks)] == '\0';
}

/* The same words, whatever blanks stand between them. */
static bool same_words(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, blanks);
        b += strspn(b, blanks);
        size_t length = strcspn(a, blanks);
        if (length != strcspn(b, blanks) || memcmp(a, b, length) != 0)
            return false;
        if (length == 0)
            return true;
        a += length;
        b += length;
    }
}

static bool list_fits(struct grammar *grammar, pattern_id content, const char *text)
{
    char *copy = cte_strdup(text), *rest = NULL;
    for (char *word = strtok_r(copy, blanks, &rest); word != NULL;
         word = strtok_r(NULL, blanks, &rest))
        content = after_text(grammar, content, word);
    free(copy);
    return grammar->patterns[content].nullable;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool type_fits(struct grammar *grammar, uint32_t number, const char *text)
{
    const struct datatype type = grammar->types[number];
    if (type.kind == DATA_VALUE)
        return type.exact ? strcmp(text, type.text) == 0 : same_words(text, type.text);
    if (type.kind == DATA_LIST)
        return list_fits(grammar, type.content, text);
    if (type.type != NULL &&
        xmlSchemaValidatePredefinedType(type.type, (const xmlChar *)text, NULL) != 0)
        return false;
    if (type.min_length > 0 && characters(text) < type.min_length)
        return false;
    if (type.expression != NULL && xmlRegexpExec(type.expression, (const xmlChar *)text) != 1)
        return false;
    return type.content == PATTERN_NOT_ALLOWED ||
           !grammar->patterns[after_text(grammar, type.content, text)].nullable;
}

uint64_t types_of(struct grammar *grammar, const struct asked_types *asked, const char *text)
{
    uint64_t fits = 0;
    for (size_t i = 0; i < asked->count && i < MOST_ASKED; i++)
        fits |= (uint64_t)type_fits(grammar, asked->types[i], text) << i;
    return fits;
}

bool fits_type(const struct asked_types *asked, uint64_t fits, uint32_t type)
{
    for (size_t i = 0; i < asked->count && i < MOST_ASKED; i++) {
        if (asked->types[i] == type)
            return (fits >> i & 1) != 0;
    }
    return false;
}
