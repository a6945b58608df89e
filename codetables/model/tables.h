/* tables.h - the folder of code tables: finds a table by identifier and version, loads each once,
 * remembers which were used.
 *
 *     struct tables tables;
 *     const struct codeset *set;
 *     if (tables_open(&tables, folder, &error) == CTE_OK &&
 *         tables_codeset(&tables, "colour@1.2", &set, &error) == CTE_OK)
 *         ...
 *     tables_free(&tables);
 *
 * Everything is loaded on demand, once, and lives until tables_free(). `used` lists, in order of
 * loading, the identity of every table the program has read, so that it can name them in what it
 * writes; of a program that reads several sources, those of the one at hand.
 *
 * Errors: those of the loaders (table.h), and CTE_BAD_TABLE for a table that is not in the folder
 * or makes no sense beside the others (sound.h).
 */
#ifndef CTE_TABLES_H
#define CTE_TABLES_H

#include "codetables/model/codeset.h"
#include "codetables/model/crosswalk.h"
#include "codetables/model/layout.h"
#include "codetables/model/released.h"
#include "codetables/model/rollups.h"
#include "codetables/model/rules.h"
#include "codetables/model/table_folder.h"

struct tables {
    char *folder;
    char *schemas; /* the folder whose schema/ the tables are held against; NULL: the same */
    struct released released;
    /* some that are there cannot be loaded: what names fields is then not looked up in vain */
    bool layouts_missing;
    struct layout *layouts; /* the highest version of each of layouts/, sorted by identifier */
    size_t layout_count;
    struct layout **named_layouts; /* other versions, which were asked for */
    size_t named_layout_count, named_layout_room;
    struct codeset **sets;
    size_t set_count, set_room;
    struct tables_reference {
        char *text;
        const struct codeset *set;
    } * references; /* what code sets were asked for by, and what was found */
    size_t reference_count, reference_room;
    struct crosswalk **crosswalks;
    size_t crosswalk_count, crosswalk_room;
    struct rules *rules;
    struct rollups *rollups;
    bool no_rollups; /* the folder was looked for and has none */
    const struct table_identity **used;
    size_t used_count, used_room;
    size_t always_used; /* those that were loaded before the first source */
    bool has_source;
    struct arena arena; /* of what lives as long as they do: references, conditions */
};

/* Takes the folder and loads the highest version of each of its layouts. CTE_BAD_TABLE when there
 * is none. Tables that could not be opened are good for tables_free() alone. */
int tables_open(struct tables *tables, const char *folder, struct cte_error *error);

/* The same for the tables that a run kept, held against the schemas of another folder: those that
 * lie beside them may let a table say anything, or be in another language. */
int tables_open_kept(struct tables *tables, const char *folder, const char *schemas,
                     struct cte_error *error);

/* A source begins: `used` holds what was loaded before the first one, and then what this one asks
 * for, in that order, whether or not it was loaded for another. */
void tables_begin_source(struct tables *tables);

/* Frees them and all that was loaded from them. */
void tables_free(struct tables *tables);

/* reference is ID or ID@VERSION; without a version the highest. NULL, and no error, when there is
 * no such layout; NULL with an error when the version that is named is not sound. */
const struct layout *tables_layout(struct tables *tables, const char *reference,
                                   struct cte_error *error);

/* ID, and @VERSION where that is not the highest: what tables_layout() finds it again by. To be
 * freed. */
char *layout_reference(const struct layout *layout);

/* The layout whose years hold the academic year and which knows the record type; NULL when there is
 * none. */
const struct layout *tables_layout_for_year(const struct tables *tables, const char *type,
                                            size_t length, int year);

/* The latest layout that is taken by year and knows the record type: for a record whose year cannot
 * be read. */
const struct layout *tables_latest_layout(const struct tables *tables, const char *type,
                                          size_t length);

/* reference is ID or ID@VERSION; without a version the highest is taken. */
int tables_codeset(struct tables *tables, const char *reference, const struct codeset **set,
                   struct cte_error *error);

/* Loads a crosswalk with the code sets it names, and checks it. */
int tables_crosswalk(struct tables *tables, const char *reference, struct crosswalk **crosswalk,
                     struct cte_error *error);

/* The same for a file, wherever it lies; the code sets that a crosswalk names are those of the
 * folder. Each is loaded once. Of a crosswalk whose rows can be read but make no sense
 * *crosswalk is set, too, so that all that is wrong can be told. */
int tables_codeset_file(struct tables *tables, const char *file, const struct codeset **set,
                        struct cte_error *error);
int tables_crosswalk_file(struct tables *tables, const char *file, struct crosswalk **crosswalk,
                          struct cte_error *error);

/* The code set is found under its ID from now on, and under ID@VERSION, whatever lies in the
 * folder. */
void tables_take_codeset(struct tables *tables, const struct codeset *set);

/* Every field that a rule names must stand in a layout, in a record of its types. */
int tables_check_rules(const struct tables *tables, const struct rules *rules,
                       struct cte_error *error);

/* The highest version of the one rule table. */
int tables_rules(struct tables *tables, const struct rules **rules, struct cte_error *error);

/* The table of roll-ups that is named, as ID or ID@VERSION, or where none is (NULL) the only one,
 * and of several that of ROLLUPS_DEFAULT. NULL where none is named and the folder has none, for
 * nothing is converted by it. A struct tables has one: it is loaded once, and then given whatever
 * is named. */
#define ROLLUPS_DEFAULT "federal"
int tables_rollups(struct tables *tables, const char *reference, const struct rollups **rollups,
                   struct cte_error *error);

/* What the loaders of tables need of one another: the schema of a kind and a path in the folder, to
 * be freed; a table that was read, or that was read before and is asked for; whether a code set was
 * asked for or is in the folder, and if not, why. */
char *tables_schema(const struct tables *tables, const char *kind);
char *tables_path(const struct tables *tables, const char *name);
void tables_remember(struct tables *tables, const struct table_identity *identity);
void tables_use(struct tables *tables, const struct table_identity *identity);
bool tables_has_codeset(const struct tables *tables, const char *reference,
                        struct cte_error *missing);

#endif
