/* run_folder.h - a run folder as it lies on the disk: the hashes of its files.
 *
 * For whoever looks at runs that are done. Nothing is changed. manifest.h reads the manifest.
 */
#ifndef CTE_RUN_FOLDER_H
#define CTE_RUN_FOLDER_H

#include "codetables/model/table.h"

/* Calls back for each line of SHA256SUMS: hash and name. False when the file is not as it should
 * be. */
bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context),
               void *context);

#endif
