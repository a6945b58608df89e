/* run_folder.h - a run folder as it lies on the disk: its manifest and the hashes of its files.
 *
 * For whoever looks at runs that are done. Nothing is changed.
 */
#ifndef CTE_RUN_FOLDER_H
#define CTE_RUN_FOLDER_H

#include "codetables/model/table.h"

/* The manifest of a run folder, to be freed, or NULL with the error filled: CTE_NO_INPUT,
 * CTE_BAD_INPUT. */
xmlDocPtr open_manifest(const char *folder, struct cte_error *error);

/* An attribute that is a number; 0 where there is none. */
unsigned long long attribute_count(xmlNodePtr node, const char *name);

/* Calls back for each line of SHA256SUMS: hash and name. False when the file is not as it should
 * be. */
bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context),
               void *context);

#endif
