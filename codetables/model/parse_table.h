/* parse_table.h - from the bytes of a table to its tree.
 *
 * A file is read piece by piece and hashed on the way. A DOCTYPE, and with it every entity trick,
 * any encoding but UTF-8 and more than 256 MiB are refused. Nothing is fetched or unpacked.
 *
 * Errors: CTE_NO_INPUT for a file that is not there, CTE_IO for one that cannot be read to its end,
 * CTE_BAD_TABLE for what is no such XML.
 */
#ifndef CTE_PARSE_TABLE_H
#define CTE_PARSE_TABLE_H

#include <libxml/tree.h>

#include "codetables/base/digest.h"
#include "codetables/base/error.h"
#include "codetables/base/file.h"

/* The tree, to be freed with xmlFreeDoc(), whose elements know their lines (node_line()); NULL with
 * the error filled. `hex` becomes the SHA-256 of the file. */
xmlDocPtr parse_table(const char *path, char hex[DIGEST_HEX], struct cte_error *error);

/* All bytes of a table or of a schema, to be freed. */
int table_bytes(const char *path, struct file_content *content, struct cte_error *error);
int schema_bytes(const char *path, struct file_content *content, struct cte_error *error);

#endif
