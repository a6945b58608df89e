#include "pipeline/run/documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

int begin_document(struct documents *documents, struct output *output, const char *sub,
                   const char *name)
{
    if (documents->only_reckons)
        return output_measure(output, name, documents->error);
    char *folder = cte_format("%s%s%s", documents->folder, sub[0] != '\0' ? "/" : "", sub);
    const int status = output_open(output, folder, name, false, documents->error);
    free(folder);
    return status;
}

int end_document(struct documents *documents, struct output *output, const char *sub)
{
    struct cte_error *error = documents->error;
    char *name = cte_format("%s%s%s", sub, sub[0] != '\0' ? "/" : "", output->name);
    if (output_close(output, error) == CTE_OK &&
        (documents->only_reckons || output_publish(output, error) == CTE_OK))
        keep_document(documents, name, output->sha256);
    free(name);
    output_discard(output);
    return error->status;
}

void keep_document(struct documents *documents, const char *name, const char *sha256)
{
    GROW(documents->items, documents->count, documents->room);
    struct document *document = &documents->items[documents->count++];
    document->name = cte_strdup(name);
    snprintf(document->sha256, sizeof document->sha256, "%s", sha256);
}

const struct document *find_document(const struct documents *documents, const char *name)
{
    for (size_t i = 0; i < documents->count; i++) {
        if (strcmp(documents->items[i].name, name) == 0)
            return &documents->items[i];
    }
    return NULL;
}

void documents_free(struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        free(documents->items[i].name);
    free(documents->items);
    documents->items = NULL;
    documents->count = documents->room = 0;
}
