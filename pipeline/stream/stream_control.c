#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/stream/stream_internal.h"

size_t stream_split_control(struct slice line, char **fields, size_t room, char **memory)
{
    char *copy = cte_alloc(line.length + 1);
    size_t count = 0;
    const char *at = line.at + 1, *end = line.at + line.length;
    char *to = copy;
    while (count < room) {
        const char *caret = memchr(at, '^', (size_t)(end - at));
        const char *stop = caret != NULL ? caret : end;
        fields[count++] = to;
        to = stream_unescape(to, at, (size_t)(stop - at));
        *to++ = '\0';
        if (caret == NULL)
            break;
        at = caret + 1;
    }
    *memory = copy;
    return count;
}

bool stream_counted(const char *text, uint64_t *number)
{
    const char *equals = strchr(text, '=');
    return equals != NULL && equals != text && read_number(equals + 1, number);
}

/* The control lines that hold numbers. */
static const struct {
    const char *word, *fields;
} shapes[] = {{"part", "nnn"},      {"note", "nt"},   {"counts", "tc"},      {"content", "nt"},
              {"fieldsum", "tttx"}, {"map", "tttnn"}, {"decision", "nnnnt"}, {"unasked", "tn"}};

bool stream_has_shape(char *const *fields, size_t count, const char *shape)
{
    uint64_t ignored;
    size_t at = 0;
    for (; *shape != '\0'; shape++) {
        for (; *shape == 'c' && at < count; at++) {
            if (!stream_counted(fields[at], &ignored))
                return false;
        }
        if (*shape == 'c')
            continue;
        if (at >= count || (*shape == 'n' && !read_number(fields[at], &ignored)) ||
            (*shape == 'x' && !read_hex(fields[at], &ignored)))
            return false;
        at++;
    }
    return true;
}

bool stream_is_sound(const struct control_fields *fields)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].word, fields->items[0]) != 0)
            continue;
        /* In the trailer, a part tells its sum alone. */
        const bool is_sum = strcmp(fields->items[0], "part") == 0 && fields->count == 2;
        return stream_has_shape(fields->items + 1, fields->count - 1,
                                is_sum ? "x" : shapes[i].fields);
    }
    return true;
}

int stream_damaged(const struct stream_in *in, const char *what, struct cte_error *error)
{
    return cte_fail(error, CTE_BAD_INPUT,
                    "standard input: %s after record %llu; run the chain again from its source",
                    what, (unsigned long long)in->records);
}
