/* documents.h - the files of a run that are no source's: documents and copies of tables, each with
 * its hash, for SHA256SUMS.
 *
 *     struct documents documents = {.folder = "out/runs/.7.tmp", .error = &error};
 *     struct output output;
 *     if (begin_document(&documents, &output, "public", "report.html") == CTE_OK) {
 *         output_text(&output, ...);
 *         end_document(&documents, &output, "public");
 *     }
 *     documents_free(&documents);
 *
 * A document appears whole or not at all (output.h). Where documents are only to be reckoned, none
 * is made, and its hash is kept all the same: so that those there can be held against it.
 *
 * Errors, in `error`: those of output.h.
 */
#ifndef CTE_DOCUMENTS_H
#define CTE_DOCUMENTS_H

#include <stdbool.h>

#include "codetables/base/output.h"

struct document {
    char *name; /* below the folder */
    char sha256[DIGEST_HEX];
};

struct documents {
    const char *folder;
    bool only_reckons;
    struct cte_error *error;
    struct document *items; /* in the order in which they were made */
    size_t count, room;
};

/* Begins a document in a folder `sub` of the documents' ("": their own). */
int begin_document(struct documents *documents, struct output *output, const char *sub,
                   const char *name);

/* Closes it, puts it in place in the same folder and keeps it among the documents. */
int end_document(struct documents *documents, struct output *output, const char *sub);

/* Adds a file that was made otherwise. */
void keep_document(struct documents *documents, const char *name, const char *sha256);

/* The document of a name; NULL: there is none. */
const struct document *find_document(const struct documents *documents, const char *name);

void documents_free(struct documents *documents);

#endif
