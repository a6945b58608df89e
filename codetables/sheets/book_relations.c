/* The relations of a part of an .xlsx file, which say where the other parts are. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/sheets/book.h"

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* The part that a target means, seen from the folder of another: a relative reference, with `.` and
 * `..`, or one from the root. Frees the target. */
static char *resolve_target(const char *part, char *target)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL && target[0] != '/' ? (int)(slash - part + 1) : 0;
    char *whole = cte_format("%.*s%s", folder, part, target), *to = whole;
    free(target);
    for (const char *from = whole; *from != '\0';) {
        size_t length = strcspn(from, "/");
        const char *next = from + length + (from[length] == '/');
        if (length == 2 && from[0] == '.' && from[1] == '.') {
            for (to -= to > whole; to > whole && to[-1] != '/'; to--)
                continue;
        } else if (length > 0 && !(length == 1 && from[0] == '.')) {
            memmove(to, from, (size_t)(next - from));
            to += next - from;
        }
        from = next;
    }
    *to = '\0';
    return whole;
}

static void take_relation(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "Relationship") != 0)
        return;
    if (book->relation_count == MAX_TABS) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: has more than %d parts, which no workbook of codes has", book->sheet->path,
                 MAX_TABS);
        return;
    }
    char *mode = part_attribute(attributes, "TargetMode");
    bool outside = mode != NULL && strcmp(mode, "External") == 0;
    free(mode);
    if (outside)
        return;
    char *target =
        resolve_target(book->relations_of, or_empty(part_attribute(attributes, "Target")));
    GROW(book->relations, book->relation_count, book->relation_room);
    book->relations[book->relation_count++] = (struct relation){
        keep_name(book, part_attribute(attributes, "Id")),
        keep_name(book, part_attribute(attributes, "Type")), keep_name(book, target)};
}

int book_read_relations(struct book *book, const char *part)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL ? (int)(slash - part + 1) : 0;
    char *relations = cte_format("%.*s_rels/%s.rels", folder, part, part + folder);
    book->relations_of = part;
    book->relation_count = 0;
    int status =
        package_parse(book->package, relations,
                      &(struct part_handler){
                          .vocabulary = package_relations, .start = take_relation, .context = book},
                      book->error);
    free(relations);
    return status;
}

const char *book_related(const struct book *book, const char *id, const char *type)
{
    for (size_t i = 0; i < book->relation_count; i++) {
        const struct relation *relation = &book->relations[i];
        if ((id == NULL || strcmp(relation->id, id) == 0) && ends_with(relation->type, type))
            return relation->target;
    }
    return NULL;
}
