#include "stages/cte-read/source_list.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "pipeline/stream/reader.h"

enum { TEXTS = 3, LONGEST = 1 << 16 };

int open_list(struct source_list *list, const char *path, struct cte_error *error)
{
    list->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : file_open(path);
    list->has_list = list->fd >= 0;
    return list->has_list ? CTE_OK : file_fail(path, "cannot open the list", CTE_NO_INPUT, error);
}

/* Reads what is there, and waits where there is nothing yet. False at the end. */
static bool read_more(struct source_list *list, struct cte_error *error)
{
    enum { ROOM = 1 << 12 };
    char *to = text_space(&list->bytes, ROOM);
    ssize_t got;
    do {
        got = read(list->fd, to, ROOM);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        cte_fail(error, CTE_IO, "cannot read the list of sources: %s", strerror(errno));
    list->bytes.length += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* The texts of the next source. False at the end of the list, or with an error. */
static bool take_texts(struct source_list *list, const char **texts, size_t count,
                       struct cte_error *error)
{
    size_t ends[TEXTS], found = 0;
    for (size_t at = 0; found < count;) {
        const char *bytes = text_string(&list->bytes);
        const char *nul = memchr(bytes + at, '\0', list->bytes.length - at);
        if (nul != NULL) {
            ends[found++] = at = (size_t)(nul - bytes) + 1;
            continue;
        }
        if (list->bytes.length <= LONGEST && read_more(list, error))
            continue;
        if (error->status == CTE_OK && list->bytes.length > 0)
            cte_fail(error, CTE_BAD_INPUT,
                     "the list of sources ends within an entry; each text ends with a NUL byte");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        texts[i] = list->bytes.bytes + (i > 0 ? ends[i - 1] : 0);
    list->taken = ends[count - 1];
    return true;
}

static bool next_listed(struct source_list *list, struct listed *listed, struct cte_error *error)
{
    const char *texts[TEXTS] = {"", "", ""};
    struct text *bytes = &list->bytes;
    if (list->taken > 0)
        memmove(bytes->bytes, bytes->bytes + list->taken, bytes->length - list->taken);
    bytes->length -= list->taken;
    list->taken = 0;
    if (!take_texts(list, texts, list->with_names ? TEXTS : 1, error))
        return false;
    if (list->fd == STDIN_FILENO && strcmp(texts[0], "-") == 0) {
        cte_fail(error, CTE_BAD_INPUT,
                 "the list of sources stands on standard input, so that '-' can be none of them");
        return false;
    }
    if (texts[2][0] != '\0' && !is_source_format(texts[2])) {
        cte_fail(error, CTE_BAD_INPUT, "the list of sources gives the format '%s': " SOURCE_FORMATS,
                 texts[2]);
        return false;
    }
    *listed = (struct listed){.path = texts[0],
                              .name = texts[0],
                              .stem = texts[1][0] != '\0' ? texts[1] : NULL,
                              .format = texts[2][0] != '\0' ? texts[2] : list->format};
    return true;
}

struct listed operand_source(const char *path, const char *format)
{
    return (struct listed){
        .path = path, .name = strcmp(path, "-") == 0 ? "stdin" : path, .format = format};
}

bool next_source(struct source_list *list, struct listed *listed, struct cte_error *error)
{
    if (list->has_list)
        return next_listed(list, listed, error);
    if (list->at == list->count)
        return false;
    *listed = operand_source(list->paths[list->at++], list->format);
    return true;
}

void close_list(struct source_list *list)
{
    if (list->has_list && list->fd != STDIN_FILENO)
        close(list->fd);
    text_free(&list->bytes);
}
