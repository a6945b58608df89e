/* read_back.h - whether a document that was written can be read: what nobody can read is no
 * evidence, and is not published.  Memory is constant: a document is read by pieces, and nothing
 * of it is kept. / */
#ifndef CTE_READ_BACK_H
#define CTE_READ_BACK_H

#include "codetables/base/error.h"

/* CTE_OK where the file is a well-formed XML document, as pages are too; CTE_BUG where it is
 * not, for then a program wrote it wrongly; CTE_IO. `name` is what the file will be called. */
int read_back_xml(const char *path, const char *name, struct cte_error *error);

#endif
