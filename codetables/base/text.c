#include "codetables/base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"

char *text_space(struct text *text, size_t size)
{
    if (size > SIZE_MAX / 4 - text->length)
        cte_die("out of memory (%zu bytes)", size);
    const size_t needed = text->length + size + 1;
    if (needed > text->room) {
        text->room = text->room < 64 ? 64 : text->room;
        while (text->room < needed)
            text->room *= 2;
        text->bytes = cte_realloc(text->bytes, text->room);
    }
    text->bytes[text->length] = '\0';
    return text->bytes + text->length;
}

void text_put(struct text *text, const char *bytes, size_t length)
{
    char *to = text_space(text, length);
    if (length > 0)
        memcpy(to, bytes, length);
    to[length] = '\0';
    text->length += length;
}

void text_add(struct text *text, const char *string)
{
    text_put(text, string, strlen(string));
}

void text_add_byte(struct text *text, char byte)
{
    text_put(text, &byte, 1);
}

void text_add_part(struct text *text, const char *string)
{
    text_put(text, string, strlen(string) + 1);
}

bool has_word(const char *words, const char *word)
{
    const size_t wanted = strlen(word);
    while (wanted > 0 && *words != '\0') {
        words += strspn(words, " ");
        const size_t length = strcspn(words, " ");
        if (length == wanted && memcmp(words, word, wanted) == 0)
            return true;
        words += length;
    }
    return false;
}

void text_add_json(struct text *text, const char *string)
{
    text_add_byte(text, '"');
    for (const char *c = string; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            text_format(text, "\\%c", *c);
        else if ((unsigned char)*c < ' ')
            text_format(text, "\\u%04x", (unsigned)*c);
        else
            text_add_byte(text, *c);
    }
    text_add_byte(text, '"');
}

const char *next_part(const char **at)
{
    const char *part = *at;
    *at += strlen(part) + 1;
    return part;
}

void text_format(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        cte_die("a message cannot be formatted");
    char *to = text_space(text, (size_t)length);
    va_start(args, format);
    vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

const char *text_string(const struct text *text)
{
    return text->length == 0 ? "" : text->bytes;
}

void text_join(struct text *text, const char *between, const char *string)
{
    if (text->length > 0)
        text_add(text, between);
    text_add(text, string);
}

char *text_take(struct text *text)
{
    text_space(text, 0)[0] = '\0';
    char *string = text->bytes;
    *text = (struct text){0};
    return string;
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes != NULL)
        text->bytes[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
