/* exported.h - the words that mark a sheet which export wrote. They begin with a character that no
 * name in XML begins with, so that no attribute of a table can be called so. */
#ifndef CTE_TABLE_EXPORTED_H
#define CTE_TABLE_EXPORTED_H

#include "codetables/cte-table/commands.h"

#define EXPORTED_ELEMENT "#element"
#define EXPORTED_TEXT "#text"
#define EXPORTED_HASH "#sha256" /* the row that holds the hash of the table as it was */

#endif
