#include <stdio.h>

#include "codetables/cte-table/show.h"

void print_name(const struct table_identity *identity)
{
    printf("%s%s%s%s", identity->id, identity->version[0] != '\0' ? "@" : "", identity->version,
           table_is_draft(identity) ? " (draft)" : "");
}
