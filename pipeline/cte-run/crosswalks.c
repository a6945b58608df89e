/* Whether each crosswalk of the run can do something: whether a field of the target layout takes
 * what it gives, for the codes that the record has. cte-recode plans by the same facts; here they
 * are looked at over all kinds of records together. */
#include "pipeline/cte-run/unused.h"
#include "pipeline/cte-run/kept_accounts.h"

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/model/recoded.h"

#include <stdlib.h>
#include <string.h>

/* The crosswalks of the run, loaded, and the layout they write. */
struct loaded {
    struct tables tables;
    struct crosswalk *crosswalks[POLICY_MOST_CROSSWALKS];
    size_t count;
    const struct layout *target; /* NULL: each record stays in its own */
};

/* Which crosswalks had a field to fill. */
struct seen {
    bool is_used[POLICY_MOST_CROSSWALKS];
    bool has_kind;  /* some record was looked at */
    bool has_codes; /* and had a field that some layout recodes */
};

/* Whether the field may hold a code that the map begins from. Where nobody has read the field's
 * codes, it may. */
static bool begins_from(struct tables *tables, const struct crosswalk_map *map,
                        const struct field *field)
{
    if (field->code_set_count == 0 || field_allows(field, map->from))
        return true;
    for (size_t i = 0; i < field->code_set_count; i++) {
        const struct codeset *set = NULL;
        struct cte_error ignored = {0};
        if (tables_codeset(tables, field->code_sets[i], &set, &ignored) != CTE_OK ||
            (set->kind != CODESET_LIST && set->kind != CODESET_PAIRS))
            return true; /* nothing is known against it */
        for (size_t c = 0; c < map->row_count; c++) {
            if (codeset_find(set, map->rows[c].code, strlen(map->rows[c].code)) != NULL)
                return true;
        }
    }
    return false;
}

/* Whether the map gives codes of the set to some output. */
static bool gives_set(const struct crosswalk_map *map, const char *code_set)
{
    for (size_t o = 0; o < map->output_count; o++) {
        if (strcmp(map->outputs[o].code_set, code_set) == 0)
            return true;
    }
    return false;
}

/* Marks the crosswalks that fill a field of the target record from a field of the source record. A
 * crosswalk whose codes the next one begins from has a part in what that one gives. */
static void mark_field(struct loaded *loaded, const struct record_layout *source,
                       const struct field *target, struct seen *seen)
{
    const int from = target->origin == ORIGIN_RECODE ? record_field(source, target->from) : -1;
    const struct crosswalk_map *next = NULL;
    if (from < 0)
        return;
    for (size_t i = loaded->count; i-- > 0;) {
        const struct crosswalk_map *map = crosswalk_map(loaded->crosswalks[i], target->map);
        if (map == NULL || map->output_count == 0)
            continue;
        const bool fills = map_fills(map, target);
        const bool leads_on = next != NULL && gives_set(map, next->from);
        bool begins = begins_from(&loaded->tables, map, &source->fields[from]);
        for (size_t before = 0; before < i && !begins; before++) {
            const struct crosswalk_map *earlier =
                crosswalk_map(loaded->crosswalks[before], target->map);
            begins = earlier != NULL && gives_set(earlier, map->from);
        }
        if (!begins || (!fills && !leads_on))
            continue;
        seen->is_used[i] = true;
        next = map;
    }
}

static void mark_record(struct loaded *loaded, const struct record_layout *source,
                        const struct layout *layout, const char *type, struct seen *seen)
{
    size_t index;
    const struct record_layout *target = layout_record(layout, type, strlen(type), &index);
    for (size_t i = 0; target != NULL && i < target->field_count; i++)
        mark_field(loaded, source, &target->fields[i], seen);
}

static void mark_layout(struct loaded *loaded, const struct layout *layout,
                        const struct layout *target, struct seen *seen)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        const struct record_layout *record = &layout->records[r];
        for (size_t t = 0; t < record->type_count; t++)
            mark_record(loaded, record, target != NULL ? target : layout, record->types[t], seen);
    }
}

/* All records of a layout, or of all layouts, written in the target layout. */
static void mark_layouts(struct loaded *loaded, const struct layout *only,
                         const struct layout *target, struct seen *seen)
{
    if (only != NULL)
        mark_layout(loaded, only, target, seen);
    for (size_t l = 0; l < loaded->tables.layout_count && only == NULL; l++)
        mark_layout(loaded, &loaded->tables.layouts[l], target, seen);
}

/* "pathway, course": the maps of a crosswalk. To be freed. */
static char *name_maps(const struct crosswalk *crosswalk)
{
    struct text text = {0};
    for (size_t i = 0; i < crosswalk->map_count; i++)
        text_format(&text, "%s%s", i > 0 ? ", " : "", crosswalk->maps[i].id);
    return text_take(&text);
}

/* A layout that would take what the crosswalk gives, or NULL. */
static const char *find_layout(struct loaded *loaded, size_t crosswalk, const struct layout *only)
{
    for (size_t l = 0; l < loaded->tables.layout_count; l++) {
        struct seen seen = {{false}, false, false};
        mark_layouts(loaded, only, &loaded->tables.layouts[l], &seen);
        if (seen.is_used[crosswalk])
            return loaded->tables.layouts[l].identity.id;
    }
    return NULL;
}

static int fail_unused(struct run *run, struct loaded *loaded, size_t i, const struct layout *only)
{
    const struct table_identity *table = &loaded->crosswalks[i]->identity;
    char *maps = name_maps(loaded->crosswalks[i]);
    const char *other = find_layout(loaded, i, only);
    char *advice =
        other != NULL
            ? cte_format("; layout %s does: --target %s", other, other)
            : cte_strdup("; no layout here does: leave the crosswalk out, or name another");
    if (loaded->target != NULL)
        cte_fail(&run->error, CTE_BAD_TABLE,
                 "crosswalk %s@%s would convert nothing: layout %s recodes no field by its maps "
                 "(%s)%s; nothing is converted",
                 table->id, table->version, loaded->target->identity.id, maps, advice);
    else
        cte_fail(&run->error, CTE_BAD_TABLE,
                 "crosswalk %s@%s would convert nothing: it names no target layout, and the layout "
                 "of the records recodes no field "
                 "by its maps (%s)%s; nothing is converted",
                 table->id, table->version, maps, advice);
    free(advice);
    free(maps);
    return run->error.status;
}

/* The layout; where there is none, `status` says whose fault that is. */
static const struct layout *find_named_layout(struct run *run, struct loaded *loaded,
                                              const char *reference, int status)
{
    const struct layout *layout = tables_layout(&loaded->tables, reference, &run->error);
    if (layout == NULL && run->error.status == CTE_OK)
        cte_fail(&run->error, status, "there is no layout '%s' in %s/layouts", reference,
                 run->program->codetables);
    return layout;
}

static int load(struct run *run, struct loaded *loaded)
{
    if (tables_open(&loaded->tables, run->program->codetables, &run->error) != CTE_OK)
        return run->error.status;
    for (size_t i = 0; i < run->policy.crosswalks.count; i++) {
        if (tables_crosswalk(&loaded->tables, run->policy.crosswalks.texts[i],
                             &loaded->crosswalks[loaded->count++], &run->error) != CTE_OK)
            return run->error.status;
        const struct table_identity *named = &loaded->crosswalks[loaded->count - 1]->identity;
        for (size_t before = 0; before + 1 < loaded->count; before++) {
            if (strcmp(loaded->crosswalks[before]->identity.path, named->path) == 0)
                return cte_fail(&run->error, CTE_USAGE,
                                "crosswalk %s@%s is named twice; name it once", named->id,
                                named->version);
        }
    }
    const char *target = run->policy.target;
    for (size_t i = loaded->count; target == NULL && i-- > 0;)
        target = loaded->crosswalks[i]->target_layout;
    if (target != NULL)
        loaded->target = find_named_layout(run, loaded, target,
                                           run->policy.target != NULL ? CTE_USAGE : CTE_BAD_TABLE);
    return run->error.status;
}

int check_crosswalks(struct run *run)
{
    if (run->policy.crosswalks.count == 0)
        return CTE_OK;
    struct loaded *loaded = cte_zalloc(1, sizeof *loaded);
    run->loaded = loaded;
    if (load(run, loaded) != CTE_OK)
        return run->error.status;
    const struct layout *only = run->policy.layout != NULL
                                    ? find_named_layout(run, loaded, run->policy.layout, CTE_USAGE)
                                    : NULL;
    if (run->error.status != CTE_OK)
        return run->error.status;
    struct seen seen = {{false}, false, false};
    mark_layouts(loaded, only, loaded->target, &seen);
    for (size_t i = 0; i < loaded->count; i++) {
        const struct crosswalk *crosswalk = loaded->crosswalks[i];
        if (!seen.is_used[i])
            return fail_unused(run, loaded, i, only);
        struct cte_error ignored = {0};
        if (crosswalk->target_layout != NULL &&
            loaded->target != tables_layout(&loaded->tables, crosswalk->target_layout, &ignored))
            note_unused(run, "target-layout-unused",
                        "crosswalk %s@%s is made for layout %s; %s, so layout %s is written",
                        crosswalk->identity.id, crosswalk->identity.version,
                        crosswalk->target_layout,
                        run->policy.target != NULL ? "--target names another"
                                                   : "a later crosswalk names another",
                        loaded->target->identity.id);
    }
    return CTE_OK;
}

void free_crosswalks(struct loaded *loaded)
{
    if (loaded != NULL)
        tables_free(&loaded->tables);
    free(loaded);
}

/* Whether crosswalks of the run speak of the codes of a field, and none gives what a layout takes
 * from there: then no other target would make them of use. */
static bool is_spoken_of_in_vain(const struct loaded *loaded, const struct field *target)
{
    bool is_spoken_of = false;
    for (size_t i = 0; i < loaded->count; i++) {
        const struct crosswalk_map *map = crosswalk_map(loaded->crosswalks[i], target->map);
        if (map != NULL && map_fills(map, target))
            return false;
        is_spoken_of = is_spoken_of || map != NULL;
    }
    return is_spoken_of;
}

/* Whether a field of the record is one that some layout recodes. */
static bool has_codes(const struct loaded *loaded, const struct record_layout *record,
                      const char *type)
{
    for (size_t l = 0; l < loaded->tables.layout_count; l++) {
        size_t index;
        const struct record_layout *target =
            layout_record(&loaded->tables.layouts[l], type, strlen(type), &index);
        for (size_t i = 0; target != NULL && i < target->field_count; i++) {
            if (target->fields[i].origin == ORIGIN_RECODE &&
                record_field(record, target->fields[i].from) >= 0 &&
                !is_spoken_of_in_vain(loaded, &target->fields[i]))
                return true;
        }
    }
    return false;
}

/* The kinds of records that came, written in the target layout; NULL: each stays in its own. */
static void mark_kinds(const struct run *run, const struct layout *target, struct seen *seen)
{
    struct loaded *loaded = run->loaded;
    const struct account *joined = &run->accounts->joined;
    for (const struct fact_kind *kind = account_first(joined, FACT_KIND); kind != NULL;
         kind = account_next(joined, FACT_KIND, kind)) {
        size_t index;
        const char *type = kind->type;
        struct cte_error ignored = {0};
        const struct layout *layout = tables_layout(&loaded->tables, kind->layout, &ignored);
        const struct record_layout *record =
            layout != NULL ? layout_record(layout, type, strlen(type), &index) : NULL;
        if (record == NULL)
            continue;
        seen->has_kind = true;
        seen->has_codes = seen->has_codes || has_codes(loaded, record, type);
        mark_record(loaded, record, target != NULL ? target : layout, type, seen);
    }
}

/* A layout in which the crosswalk recodes records that came, or NULL. */
static const char *find_layout_of_kinds(const struct run *run, size_t crosswalk)
{
    const struct tables *tables = &run->loaded->tables;
    for (size_t l = 0; l < tables->layout_count; l++) {
        struct seen seen = {{false}, false, false};
        mark_kinds(run, &tables->layouts[l], &seen);
        if (seen.is_used[crosswalk])
            return tables->layouts[l].identity.id;
    }
    return NULL;
}

/* Records for which the crosswalk had an answer; *is_told is false where no stage counted. */
static unsigned long long count_answers(const struct run *run, const struct table_identity *table,
                                        bool *is_told)
{
    unsigned long long answered = 0;
    const struct account *joined = &run->accounts->joined;
    for (const struct fact_map *map = account_first(joined, FACT_MAP); map != NULL;
         map = account_next(joined, FACT_MAP, map)) {
        if (strcmp(map->crosswalk, table->id) != 0 || strcmp(map->version, table->version) != 0)
            continue;
        *is_told = true;
        answered += map->answered;
    }
    return answered;
}

/* No record of the run has a field for the crosswalk: it may be another target that is wanted, or
 * other records. */
static int fail_no_record(struct run *run, struct loaded *loaded, size_t i)
{
    const struct table_identity *table = &loaded->crosswalks[i]->identity;
    const char *other = find_layout_of_kinds(run, i);
    const bool is_other = other != NULL && (loaded->target == NULL ||
                                            strcmp(other, loaded->target->identity.id) != 0);
    char *advice = is_other ? cte_format("layout %s takes what it gives: --target %s", other, other)
                            : cte_strdup("leave it out (--crosswalk none), or name one that is "
                                         "made for these records");
    cte_fail(&run->error, CTE_BAD_TABLE,
             "crosswalk %s@%s would convert nothing: no record of this run has a field that it "
             "recodes; nothing is published; %s",
             table->id, table->version, advice);
    free(advice);
    return run->error.status;
}

int report_unused_crosswalks(struct run *run)
{
    struct loaded *loaded = run->loaded;
    struct seen seen = {{false}, false, false};
    /* what is missing, or in another shard, might have had a use for it */
    bool some_used = false, some_refused = run->has_missing || run->policy.shard != NULL;
    for (size_t s = 0; s < run->source_count; s++)
        some_refused = some_refused || run->sources[s].status > CTE_SOME_LEFT;
    if (loaded != NULL)
        mark_kinds(run, loaded->target, &seen);
    if (!seen.has_kind) /* no record came so far that a crosswalk could be asked */
        return CTE_OK;
    for (size_t i = 0; i < loaded->count; i++)
        some_used = some_used || seen.is_used[i];
    for (size_t i = 0; i < loaded->count; i++) {
        const struct table_identity *table = &loaded->crosswalks[i]->identity;
        bool is_told = false;
        if (!seen.is_used[i] && !some_used && !some_refused && seen.has_codes)
            return fail_no_record(run, loaded, i);
        if (!seen.is_used[i])
            note_unused(
                run, "crosswalk-unused",
                "crosswalk %s@%s was not used: no record of this run has a field that it recodes",
                table->id, table->version);
        else if (count_answers(run, table, &is_told) == 0 && is_told)
            note_unused(run, "crosswalk-unused",
                        "crosswalk %s@%s was not used: it had no answer for any record of this run",
                        table->id, table->version);
    }
    return CTE_OK;
}
