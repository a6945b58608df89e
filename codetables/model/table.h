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
 * Ownership: strings of loaded tables live as long as the table; nothing is freed one by one,
 * because tables live until the program ends.
 */
#ifndef CTE_TABLE_H
#define CTE_TABLE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"
#include "codetables/base/slice.h"
#include "codetables/base/year.h"
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
};

/* True for a status that must be shown as a draft. */
bool table_is_draft(const struct table_identity *identity);

/* Opens the table at path and validates it with the schema at schema_path. On success *doc is the
 * tree, to be freed with xmlFreeDoc(), and *identity is filled. */
int table_open(const char *path, const char *schema_path, struct table_identity *identity,
               xmlDocPtr *doc, struct cte_error *error);

/* The 32 bytes of a SHA-256 as 64 lower-case hex digits and a NUL. */
void sha256_text(const unsigned char *digest, char hex[65]);

/* All bytes of a file, to be freed. */
int table_bytes(const char *path, char **bytes, size_t *length, struct cte_error *error);

/* The same for a schema. */
int schema_bytes(const char *path, char **bytes, size_t *length, struct cte_error *error);

/* The one copy of a text that tables repeat again and again (names and values of properties, names
 * of kinds). Lives as long as the program. */
const char *intern(const char *text);

/* True when the text holds none of the bytes that separate fields and records, nor a backslash:
 * what a code or constant may be. */
bool is_plain_value(const char *text);

/* Splits text at blanks into a NULL-terminated list. */
char **split_words(const char *text, size_t *count);

#endif
