/* bundle.h - the files of a fuzz target's input.
 *
 * An input is a bundle: sections that begin with a line `=== NAME`, each a file. What a checksum
 * guards is mended, so that the sum does not keep everything out:
 *   NAME.stream     a record stream without its first line and its trailer, which are put around it
 *   NAME.index      an index, whose last line is put behind it
 *   NAME.gz         is packed
 *   NAME/current    becomes a link to what it says
 *   NAME.xlsx/PART  becomes a part of the archive NAME.xlsx
 * In any file these are filled in:
 *   @sha256 NAME@   the hash of a section before it
 *   @path@          the folder
 *   @project NAME@  with the line feed behind it: the bytes of a file of the project's tables
 *   @rules@         the project's rule table, as an index names it
 *
 *     struct bundle_place place = {folder, tables, &rules->identity};
 *     bundle_unpack(data, size, &place);
 *     const char *args = bundle_text("args");
 *
 * A name that leads out of the folder is passed over, and so is what cannot be written.
 */
#ifndef CTE_FUZZ_BUNDLE_H
#define CTE_FUZZ_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "codetables/model/tables.h"

/* So many folders deep may a file of a bundle lie. */
enum { BUNDLE_DEPTH = 16 };

struct bundle_place {
    const char *work;                   /* the current folder, by its whole path */
    const char *tables;                 /* those of the project */
    const struct table_identity *rules; /* of the project's rule table */
};

void bundle_unpack(const uint8_t *data, size_t size, const struct bundle_place *place);

/* A section of the last bundle, until the next; NULL where it has none of this name. */
const char *bundle_text(const char *name);

#endif
