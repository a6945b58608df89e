/* Lines of a bounded length. */
#include <string.h>

#include "codetables/base/characters.h"
#include "codetables/cte-table/show.h"

enum { COLUMNS = 100, DEEPER = 2 };

static void add_blanks(struct text *out, size_t count)
{
    while (count-- > 0)
        text_add_byte(out, ' ');
}

static void add_line(struct text *out, const char *line, size_t length)
{
    const size_t indent = strspn(line, " ") < length ? strspn(line, " ") : length;
    size_t column = indent;
    add_blanks(out, indent);
    for (size_t at = indent; at < length;) {
        const size_t left = length - at, blank = strcspn(line + at, " "),
                     word = blank < left ? blank : left, width = count_characters(line + at, word);
        if (at > indent && column + 1 + width > COLUMNS) {
            text_add_byte(out, '\n');
            add_blanks(out, indent + DEEPER);
            column = indent + DEEPER;
        } else if (at > indent) {
            text_add_byte(out, ' ');
            column++;
        }
        text_put(out, line + at, word);
        column += width;
        at += word + (at + word < length);
    }
    text_add_byte(out, '\n');
}

void add_wrapped(struct text *out, const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        add_line(out, text, length);
        text += length + (text[length] == '\n');
    }
}
