/* table.h - what all code tables have in common: a validated XML file with an identity.
 *
 * table_open() reads one file whole, takes its SHA-256, refuses a DOCTYPE (and with it every entity
 * trick) and any encoding but UTF-8, parses it without network or entity substitution, and
 * validates it against its W3C XML Schema. The loaders of layouts, code sets, crosswalks and rules
 * walk the tree it returns and then let it go, so that only what a program needs stays in memory.
 *
 * Every loader returns CTE_BAD_TABLE for a table that is not sound, CTE_NO_INPUT for one that is
 * not there; the message names file and line.
 *
 * Ownership: all that a loader reads lies in the arena of the table's identity, and is freed with
 * it. A loader that fails may leave a part of a table; its …_free() takes that, too.
 */
#ifndef CTE_TABLE_H
#define CTE_TABLE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"
#include "codetables/base/slice.h"
#include "codetables/base/year.h"
#include "codetables/model/parse_table.h"
#include "codetables/model/tree.h"

/* How a property is known. Only what was seen, or belongs to a family so seen, may refuse a record.
 */
enum basis {
    BASIS_NONE,
    BASIS_SEEN,
    BASIS_FAMILY,
    BASIS_OWN,
    BASIS_INFERRED,
    BASIS_ASSUMED,
    BASIS_UNREAD
};

enum basis basis_from(const char *text);
const char *basis_name(enum basis basis); /* not of BASIS_NONE */
enum basis attribute_basis(xmlNodePtr node, const char *name);
bool basis_may_refuse(enum basis basis);

/* A file that a table was made from. */
struct table_source {
    char *file, *title, *date, *sha256;
};

/* What every table begins with. */
struct table_identity {
    char *kind; /* "layout", "codeset", "crosswalk", "rules" */
    char *id;
    char *version; /* empty for a layout whose file name has none */
    char *status;
    char *agency;
    char *title;
    /* the version of this table that it takes the place of; empty when nothing is said */
    char *supersedes;
    struct table_source *sources;
    size_t source_count;
    char **notes; /* of the whole table */
    size_t note_count;
    char *path;
    char sha256[65];
    struct arena arena; /* of the whole table: what its loader reads lies here too */
};

/* True for a status that must be shown as a draft. */
bool table_is_draft(const struct table_identity *identity);

/* Opens the table at path and validates it with the schema at schema_path: all that is wrong is
 * told. On success *doc is the tree, to be freed with xmlFreeDoc(), and *identity is filled; else
 * it holds nothing. */
int table_open(const char *path, const char *schema_path, struct table_identity *identity,
               xmlDocPtr *doc, struct cte_error *error);

/* Frees what table_open() and the loader have put into the arena. */
void table_close(struct table_identity *identity);

/* The one copy of a text, which lives as long as the program. For texts that are few. */
const char *intern(const char *text);

/* True when the text holds none of the bytes that separate fields and records, nor a backslash:
 * what a code or constant may be. */
bool is_plain_value(const char *text);

#endif
