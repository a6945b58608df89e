#include "pipeline/cte-run/run.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/stream.h"
#include "codetables/base/memory.h"

enum { MAX_FIELDS = 16 };

const struct summary_line *summary_find(const struct run_source *source, const char *word)
{
    for (size_t i = 0; i < source->line_count; i++) {
        if (strcmp(source->lines[i].word, word) == 0)
            return &source->lines[i];
    }
    return NULL;
}

/* The lines whose numbers the driver reckons with. */
static const struct {
    const char *word, *shape;
} shapes[] = {{"sums", "nnnnn"}, {"school", "ttttnn"}, {"needed", "nttttttt"}, {"unmapped", "nn"},
              {"changed", "n"},  {"found", "n"},       {"file", "ttnn"},       {"part", "x"},
              {"counts", "tc"},  {"content", "nt"},    {"note", "nt"},         {"fieldsum", "tttx"},
              {"map", "tttnn"},  {"unasked", "tn"},    {"decision", "nnnnt"}};

/* CTE_BUG where a number is none: what it counts would be taken for nought. */
static int check_shapes(const struct run_source *source, struct cte_error *error)
{
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            if (strcmp(shapes[s].word, line->word) == 0 &&
                !stream_has_shape(line->fields, line->count, shapes[s].shape))
                return cte_fail(error, CTE_BUG,
                                "%s: a stage told no number in a %%%s line; nothing is published",
                                source->shown, line->word);
        }
    }
    return CTE_OK;
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
                                         : memory + strlen(fields[count - 1]) +
                                               (size_t)(fields[count - 1] - memory);
}

/* Where a line stands in the manifest: facts of the source, then programs, tables by program,
 * kinds, notes by line, and the rest. */
static const char *const order[] = {"source", "program", "table", "kind", "note"};
enum { ORDERED = sizeof order / sizeof *order };

static unsigned long long rank_of(const struct run_source *source, const struct summary_line *line)
{
    unsigned long long rank = 0;
    while (rank < ORDERED && strcmp(order[rank], line->word) != 0)
        rank++;
    unsigned long long within = 0;
    if (strcmp(line->word, "note") == 0)
        within = strtoull(line->fields[0], NULL, 10);
    for (size_t i = 0; strcmp(line->word, "table") == 0 && i < source->line_count; i++) {
        const struct summary_line *program = &source->lines[i];
        if (strcmp(program->word, "program") == 0 &&
            strcmp(program->fields[0], line->fields[0]) == 0)
            break;
        within++;
    }
    return (rank << 40) + within;
}

/* Whether two lines say the same to the manifest. References of kinds differ between the parts of a
 * source, and so do the lines of which a note is told first. */
static bool say_the_same(const struct summary_line *a, const struct summary_line *b)
{
    size_t from = 0, to = a->count;
    if (strcmp(a->word, b->word) != 0 || a->count != b->count)
        return false;
    if (strcmp(a->word, "kind") == 0) {
        from = 1;
        to = 5;
    }
    if (strcmp(a->word, "note") == 0)
        from = 1;
    for (size_t i = from; i < to; i++) {
        if (strcmp(a->fields[i], b->fields[i]) != 0)
            return false;
    }
    return true;
}

/* Adds the numbers of `more` to those of the same names in `line`. */
static void add_counts(struct summary_line *line, const struct summary_line *more)
{
    for (size_t i = 1; i < line->count && i < more->count; i++) {
        char *equals = strchr(line->fields[i], '='), *other = strchr(more->fields[i], '=');
        if (equals != NULL && other != NULL)
            line->fields[i] =
                cte_format("%.*s=%llu", (int)(equals - line->fields[i]), line->fields[i],
                           strtoull(equals + 1, NULL, 10) + strtoull(other + 1, NULL, 10));
    }
}

/* Makes one of the lines that the parts of a source said alike, and puts all in an order that does
 * not depend on the parts. */
static void arrange(struct run_source *source)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->line_count; i++) {
        struct summary_line *line = &source->lines[i];
        bool is_counts = strcmp(line->word, "counts") == 0, is_known = false;
        unsigned long long rank = rank_of(source, line);
        for (size_t k = 0; k < kept && !is_known; k++) {
            struct summary_line *other = &source->lines[k];
            if (is_counts && strcmp(other->word, "counts") == 0 &&
                strcmp(other->fields[0], line->fields[0]) == 0) {
                add_counts(other, line);
                is_known = true;
            } else if (rank >> 40 < ORDERED) {
                is_known = say_the_same(other, line);
            } else if (!is_counts) {
                break;
            }
        }
        if (!is_known)
            source->lines[kept++] = *line;
    }
    source->line_count = kept;
    /* Insertion: nearly all lines are in their order, and those that move are few. */
    for (size_t i = 1; i < kept; i++) {
        struct summary_line line = source->lines[i];
        unsigned long long rank = rank_of(source, &line);
        size_t to = i;
        while (to > 0 && rank_of(source, &source->lines[to - 1]) > rank)
            to--;
        memmove(&source->lines[to + 1], &source->lines[to], (i - to) * sizeof line);
        source->lines[to] = line;
    }
}

/* What is known of a source that was read in parts: each record must have been where the index
 * found it. */
static int join_parts(struct run_source *source, struct cte_error *error)
{
    const struct source_cut *end = &source->cuts[source->cut_count - 1];
    unsigned long long sum = 0;
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, "part") == 0 && line->count == 1)
            sum += strtoull(line->fields[0], NULL, 16);
    }
    if (sum != end->sum)
        return cte_fail(error, CTE_BUSY,
                        "%s: was not the same when it was read again; nothing is published; run "
                        "again when it is complete",
                        source->shown);
    char *text = cte_format("%%content^%llu^%s", end->offset, end->sha256);
    take_line(source, text, strlen(text));
    free(text);
    return CTE_OK;
}

/* These may be very many, and are looked at once: they are kept as they are. */
static bool take_tally(struct run_source *source, const char *line, size_t length, size_t *room)
{
    static const char word[] = "%tally^";
    if (length < sizeof word - 1 || memcmp(line, word, sizeof word - 1) != 0)
        return false;
    if (source->tally_length + length + 1 > *room) {
        *room = 2 * (source->tally_length + length + 1);
        source->tallies = cte_realloc(source->tallies, *room);
    }
    memcpy(source->tallies + source->tally_length, line, length);
    source->tallies[source->tally_length + length] = '\n';
    source->tally_length += length + 1;
    return true;
}

int take_summary(struct run_source *source, const char *text, size_t length,
                 struct cte_error *error)
{
    const char *end = text + length;
    size_t room = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (newline == NULL)
            break;
        if (*text == '%' && !take_tally(source, text, (size_t)(newline - text), &room))
            take_line(source, text, (size_t)(newline - text));
        text = newline + 1;
    }
    if (check_shapes(source, error) != CTE_OK)
        return error->status;
    if (summary_find(source, "part") != NULL && source->cut_count > 0 &&
        join_parts(source, error) != CTE_OK)
        return error->status;
    arrange(source);
    const struct summary_line *sums = summary_find(source, "sums");
    if (sums == NULL || sums->count < 5)
        return cte_fail(error, CTE_BUG, "%s: cte-write ended well but did not give the sums",
                        source->shown);
    source->read = strtoull(sums->fields[0], NULL, 10);
    source->written = strtoull(sums->fields[1], NULL, 10);
    source->merged = strtoull(sums->fields[2], NULL, 10);
    source->rejected = strtoull(sums->fields[3], NULL, 10);
    source->held = strtoull(sums->fields[4], NULL, 10);
    source->incomplete = source->written < source->read;
    return CTE_OK;
}
