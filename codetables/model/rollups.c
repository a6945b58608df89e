#include "codetables/model/rollups.h"

#include <stdlib.h>
#include <string.h>

static void load_dimension(xmlNodePtr node, struct rollup_dimension *dimension)
{
    *dimension = (struct rollup_dimension){.id = attribute_or(node, "id", ""),
                                           .name = attribute_or(node, "name", ""),
                                           .field = attribute(node, "field"),
                                           .property = attribute(node, "property"),
                                           .code_set = attribute(node, "code-set"),
                                           .none = attribute_or(node, "none", "")};
    char *values = attribute(node, "values");
    if (values != NULL)
        dimension->values = split_words(values, &dimension->value_count);
    free(values);
}

static int load_rollup(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                       struct cte_error *error)
{
    const char *path = rollups->identity.path;
    char *through = attribute(node, "through");
    *rollup = (struct rollup){.id = attribute_or(node, "id", ""),
                              .record = attribute_or(node, "records", ""),
                              .title = attribute_or(node, "title", "")};
    for (const struct rollup *other = rollups->rollups; other < rollup; other++) {
        if (strcmp(other->id, rollup->id) == 0 || strcmp(other->record, rollup->record) == 0)
            return cte_fail(
                error, CTE_BAD_TABLE,
                "%s:%ld: roll-up %s: its identifier or its record type stands on another one", path,
                node_line(node), rollup->id);
    }
    if (through != NULL) {
        struct rollup *other = rollups->rollups;
        while (other < rollup && strcmp(other->id, through) != 0)
            other++;
        if (other == rollup || other->through != NULL)
            return cte_fail(
                error, CTE_BAD_TABLE,
                "%s:%ld: roll-up %s: goes through %s, which must stand before it and have a code",
                path, node_line(node), rollup->id, through);
        rollup->through = other;
        other->is_linked = true;
        rollup->before = other->before;
        rollup->group = other->group;
        memcpy(rollup->after, other->after, sizeof rollup->after);
        rollup->after_count = other->after_count;
        free(through);
    } else {
        xmlNodePtr before = first_element(node, "before");
        load_dimension(before, &rollup->before);
        load_dimension(first_element(before, "group"), &rollup->group);
        for (xmlNodePtr after = first_element(node, "after"); after != NULL;
             after = next_element(after, "after")) {
            if (rollup->after_count == ROLLUP_MAX_AFTER)
                return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: roll-up %s: more than %d <after>",
                                path, node_line(after), rollup->id, ROLLUP_MAX_AFTER);
            load_dimension(after, &rollup->after[rollup->after_count++]);
        }
    }
    for (xmlNodePtr by = first_element(node, "by"); by != NULL; by = next_element(by, "by")) {
        if (rollup->by_count == ROLLUP_MAX_BY)
            return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: roll-up %s: more than %d <by>", path,
                            node_line(by), rollup->id, ROLLUP_MAX_BY);
        load_dimension(by, &rollup->by[rollup->by_count++]);
    }
    return error->status;
}

int rollups_load(const char *path, const char *schema_path, struct rollups *rollups,
                 struct cte_error *error)
{
    xmlDocPtr doc;
    memset(rollups, 0, sizeof *rollups);
    int status = table_open(path, schema_path, &rollups->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    for (xmlNodePtr node = first_element(root, "rollup"); node != NULL;
         node = next_element(node, "rollup")) {
        if (rollups->count == ROLLUP_MAX) {
            status = cte_fail(error, CTE_BAD_TABLE, "%s:%ld: more than %d roll-ups", path,
                              node_line(node), ROLLUP_MAX);
            break;
        }
        status = load_rollup(node, rollups, &rollups->rollups[rollups->count++], error);
    }
    xmlFreeDoc(doc);
    return status;
}

const struct rollup *rollups_of(const struct rollups *rollups, const char *record_type)
{
    for (size_t i = 0; i < rollups->count; i++) {
        if (strcmp(rollups->rollups[i].record, record_type) == 0)
            return &rollups->rollups[i];
    }
    return NULL;
}
