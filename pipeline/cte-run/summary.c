#include "pipeline/cte-run/run.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/stream.h"

enum { MAX_FIELDS = 16 };

const struct summary_line *summary_find(const struct run_source *source, const char *word)
{
    for (size_t i = 0; i < source->line_count; i++) {
        if (strcmp(source->lines[i].word, word) == 0)
            return &source->lines[i];
    }
    return NULL;
}

static void take_line(struct run_source *source, const char *line, size_t length)
{
    char *fields[MAX_FIELDS], *memory;
    size_t count = stream_split_control((struct slice){line, length}, fields, MAX_FIELDS, &memory);
    source->lines = cte_realloc(source->lines, (source->line_count + 1) * sizeof *source->lines);
    struct summary_line *taken = &source->lines[source->line_count++];
    taken->memory = memory;
    taken->word = fields[0];
    taken->count = count - 1;
    /* One more field than there are, empty, so that a short line reads as one with empty fields. */
    taken->fields = cte_zalloc(MAX_FIELDS + 1, sizeof *taken->fields);
    for (size_t i = 0; i <= MAX_FIELDS; i++)
        taken->fields[i] = i + 1 < count ? fields[i + 1]
                                         : memory + strlen(fields[count - 1]) + (size_t)(fields[count - 1] - memory);
}

int take_summary(struct run_source *source, const char *text, size_t length, struct cte_error *error)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (newline == NULL)
            break;
        if (*text == '%')
            take_line(source, text, (size_t)(newline - text));
        text = newline + 1;
    }
    const struct summary_line *sums = summary_find(source, "sums");
    if (sums == NULL || sums->count < 5)
        return cte_fail(error, CTE_BUG, "%s: cte-write ended well but did not give the sums", source->path);
    source->read = strtoull(sums->fields[0], NULL, 10);
    source->written = strtoull(sums->fields[1], NULL, 10);
    source->merged = strtoull(sums->fields[2], NULL, 10);
    source->rejected = strtoull(sums->fields[3], NULL, 10);
    source->held = strtoull(sums->fields[4], NULL, 10);
    source->incomplete = source->written < source->read;
    return CTE_OK;
}
