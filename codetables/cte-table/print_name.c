#include <stdio.h>

#include "codetables/cte-table/show.h"

void add_name(struct text *out, const struct table_identity *identity)
{
    text_format(out, "%s%s%s%s", identity->id, identity->version[0] != '\0' ? "@" : "",
                identity->version, table_is_draft(identity) ? " (draft)" : "");
}

void print_name(const struct table_identity *identity)
{
    struct text name = {0};
    add_name(&name, identity);
    fputs(text_string(&name), stdout);
    text_free(&name);
}
