/* The table loaders on any bytes. The first byte chooses the kind of table, as the letters
 * below. */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

static int load_crosswalk(const char *path, const char *schema, struct cte_error *error)
{
    struct crosswalk crosswalk;
    struct tables *tables = made_up_tables();
    int status = crosswalk_load(path, schema, &crosswalk, error);
    for (size_t m = 0; m < crosswalk.map_count && status == CTE_OK; m++) {
        struct crosswalk_map *map = &crosswalk.maps[m];
        status = tables_codeset(tables, map->from, &map->set, error);
        for (size_t o = 0; o < map->output_count && status == CTE_OK; o++)
            status = tables_codeset(tables, map->outputs[o].code_set, &map->outputs[o].set, error);
    }
    if (status == CTE_OK)
        status = crosswalk_check(&crosswalk, error);
    if (status == CTE_OK && crosswalk.map_count > 0)
        crosswalk_lookup(&crosswalk.maps[0], "r", 1, 2005);
    crosswalk_free(&crosswalk);
    return status;
}

static int load(char kind, const char *path, struct cte_error *error)
{
    if (kind == 'x')
        return load_crosswalk(path, schema_file("crosswalk"), error);
    if (kind == 'l') {
        struct layout layout;
        const int status = layout_load(path, schema_file("layout"), &layout, error);
        layout_free(&layout);
        return status;
    }
    if (kind == 'r') {
        struct rules rules;
        const int status = rules_load(path, schema_file("rules"), &rules, error);
        rules_free(&rules);
        return status;
    }
    if (kind == 'u') {
        struct rollups rollups;
        const int status = rollups_load(path, schema_file("rollups"), &rollups, error);
        rollups_free(&rollups);
        return status;
    }
    struct codeset set;
    int status = codeset_load(path, schema_file("codeset"), &set, error);
    if (status == CTE_OK)
        codeset_judge(&set, "r", 1, 2005);
    codeset_free(&set);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char kinds[] = {'c', 'x', 'l', 'r', 'u'};
    if (size == 0)
        return 0;
    char kind = kinds[data[0] % sizeof kinds];
    for (size_t i = 0; i < sizeof kinds; i++) {
        if (data[0] == (uint8_t)kinds[i])
            kind = kinds[i];
    }
    struct cte_error error = {0};
    int status = load(kind, in_memory(0, data + 1, size - 1), &error);
    must_hold(status == error.status, "the status is that of the error");
    must_hold(status == CTE_OK || status == CTE_BAD_TABLE,
              "a table that is not sound is told as one");
    return 0;
}
