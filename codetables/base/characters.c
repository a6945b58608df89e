#include "codetables/base/characters.h"

#include <stdbool.h>
#include <string.h>

/* Whether a byte goes on with a character that began before it. */
static inline bool goes_on(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

uint32_t count_characters(const char *text, size_t length)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    uint32_t count = 0;
    size_t i = 0;
    /* Eight bytes of ASCII are eight characters. */
    for (uint64_t word; length - i >= sizeof word; i += sizeof word, count += 8) {
        memcpy(&word, text + i, sizeof word);
        if ((word & high_bits) != 0)
            break;
    }
    for (; i < length; i++)
        count += !goes_on(text[i]);
    return count;
}

size_t character_length(const char *text)
{
    size_t length = *text != '\0';
    while (length > 0 && goes_on(text[length]))
        length++;
    return length;
}

size_t whole_characters(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1);
    if (length <= most)
        return length;
    for (length = most; length > 0 && goes_on(text[length]);)
        length--;
    return length;
}
