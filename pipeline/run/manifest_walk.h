/* manifest_walk.h - manifest.xml from its top to its end, for the file that reads it.
 *
 *     struct manifest_walk walk = {.folder = folder, .take = take_source, .error = &error};
 *     if (begin_manifest(&walk) == CTE_OK && walk_manifest(&walk) == CTE_OK) ...
 *     end_manifest(&walk);
 *
 * Errors: those of manifest_read().
 */
#ifndef CTE_MANIFEST_WALK_H
#define CTE_MANIFEST_WALK_H

#include <libxml/xmlreader.h>
#include <stdio.h>

#include "codetables/base/error.h"
#include "codetables/base/map.h"

/* A manifest as it is read: an element of the root at a time, so that thousands of sources are
 * never in memory at once. */
struct manifest_walk {
    const char *folder;
    char *path, *shown;
    FILE *file;
    int failed; /* errno of a read that failed; the parser would take it for the end */
    xmlTextReaderPtr reader;
    xmlDocPtr head;   /* the root without its sources; NULL: it is not wanted */
    struct map names; /* of the sources, with the head */
    void (*take)(struct manifest_walk *walk,
                 xmlNodePtr source); /* NULL: the sources are not wanted */
    void *context;
    struct cte_error *error;
};

int begin_manifest(struct manifest_walk *walk);
int walk_manifest(struct manifest_walk *walk);
void end_manifest(struct manifest_walk *walk);

#endif
