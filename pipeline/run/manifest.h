/* manifest.h - manifest.xml: what a run was asked, and the accounts of its sources.
 *
 * The one module that knows the names of its elements and attributes. cte-run fills a struct
 * manifest and writes it; whoever looks at a run that is done reads it back into the same structs:
 *
 *     struct manifest manifest;
 *     if (manifest_read(folder, MANIFEST_WHOLE, &manifest, &error) != CTE_OK) ...
 *     for (size_t i = 0; i < manifest.source_count; i++)
 *         print_source(&manifest.sources[i]);
 *     manifest_free(&manifest);
 *
 * codetables/schema/manifest.xsd says what stands in a manifest. A reader takes those of earlier
 * versions too: what is not there is empty or nought, and what it does not know is passed over.
 *
 * Ownership: a manifest that was read owns all that it points to, until manifest_free(). One that
 * is to be written only points to what others own.
 */
#ifndef CTE_MANIFEST_H
#define CTE_MANIFEST_H

#include <sys/stat.h>

#include "codetables/base/xml_out.h"
#include "pipeline/run/account.h"

/* The run that was put in place before this one, or that this one repeats. */
struct manifest_link {
    const char *id;      /* NULL: there is none */
    const char *sha256;  /* of its manifest */
    const char *started; /* only of a run that is repeated; else NULL */
};

/* How much there was of the record of removed runs. */
struct manifest_pruned {
    uint64_t runs;
    const char *sha256; /* of the record; NULL: there was none */
};

/* All sources of the job of which a shard is a part, converted by it or not. */
struct manifest_all_sources {
    uint64_t count;
    const char *sha256; /* of their names and what assigns them (shard.h); NULL: it is no shard */
};

/* A program that was at work, or a library, by the hash of its file. */
struct manifest_binary {
    const char *name;   /* of a program; "" of a library */
    const char *sha256; /* "": it could not be read */
};

struct manifest_option {
    const char *name, *value; /* as it is shown (shown.h) */
};

/* Fewer records of a type, LEA and academic year than the last published run had. */
struct shrunk {
    const char *type, *lea, *year;
    uint64_t now, before;
    const char *run;
    const char *schools; /* in words, with their counts */
    bool is_moved_on; /* there are none, because the source they came from holds another year now */
};

/* Records of a source in the place of which an upload of another source's would be put. */
struct overlap {
    unsigned long number; /* of the place; those of one number overlap, and stand together */
    const char *type;
    /* of the fields that say what an upload replaces, as far as they are known codes */
    const char *values;
    size_t source; /* by its place among the sources */
    uint64_t records;
    bool may_refuse; /* what an upload replaces is known well enough to refuse for it */
};

/* What was given and had no part in the run: a word for machines, a sentence for people. */
struct unused {
    const char *what, *text;
};

/* The file of accounts of a run of many sources; accounts_file.h says what stands in it. */
enum { MANIFEST_MANY_SOURCES = 500 };
struct manifest_accounts {
    const char *file; /* NULL: all of the accounts stands in the manifest */
    const char *sha256;
};

struct manifest_stage {
    const char *name;
    double seconds; /* of processor time; below 0: not told */
};

struct manifest_source {
    const char *name;         /* of its files */
    const char *file;         /* its path, as it is shown */
    const char *input_format; /* where its name does not tell the format; NULL: it does */
    const char *status;       /* "complete", "incomplete" or "refused" */
    int exit;
    const struct account *account; /* empty where it was refused */
    const struct manifest_stage *stages;
    size_t stage_count;
    struct slice messages; /* in lines */
};

struct manifest {
    const char *id, *program, *version, *started;
    int exit;
    bool is_beside; /* it was kept beside the current run, whose place it did not take */
    struct manifest_link before, repeats;
    struct manifest_pruned pruned;
    struct manifest_all_sources all_sources;
    struct manifest_accounts accounts_file;
    /* only where it was read, and of a run that may differ from time to time */
    const struct manifest_binary *binaries;
    size_t binary_count;
    const struct manifest_option *options;
    size_t option_count;
    const struct fact_table *tables; /* those that the driver itself used */
    size_t table_count;
    const struct shrunk *shrunk;
    size_t shrunk_count;
    const struct overlap *overlaps;
    size_t overlap_count;
    const struct unused *unused;
    size_t unused_count;
    const struct manifest_source *sources;
    size_t source_count;
    /* to be written: the account of a source, until the next one is asked for; NULL: each source
     * has its own */
    const struct account *(*account_of)(const void *context, size_t source);
    /* writes what is another each time; NULL: nothing is */
    void (*put_made)(struct xml_out *xml, const void *context);
    const void *context;

    struct arena memory;        /* of what was read */
    struct account *accounts;   /* one for each source */
    struct account_texts texts; /* of accounts that stood apart */
};

/* The account of a source, of a manifest that was read or is to be written. */
const struct account *manifest_account(const struct manifest *manifest, size_t source);

/* Writes the document. CTE_BAD_INPUT where a text is nothing that XML can hold. */
int manifest_write(const struct manifest *manifest, struct output *output, struct cte_error *error);

/* MANIFEST_HEAD leaves out what is in <source>, and has how many there are. */
enum manifest_depth { MANIFEST_HEAD, MANIFEST_WHOLE };

/* Reads the manifest of a run folder. CTE_NO_INPUT: there is none; CTE_BAD_INPUT: it is none, or
 * larger than any; CTE_IO, CTE_NO_PERMISSION. Packed ones are not unpacked. */
int manifest_read(const char *folder, enum manifest_depth depth, struct manifest *manifest,
                  struct cte_error *error);

/* Reads the rest of a manifest of which the head was read. Where it cannot, that is freed. */
int manifest_read_sources(const char *folder, struct manifest *manifest, struct cte_error *error);

/* Gives the sources of a run folder, whose head was read, to `take` one after another, so that
 * thousands of them are never in memory at once. What a source points to lasts until `take`
 * returns; an error that it leaves in `error` ends the reading. The errors are those of
 * manifest_read(); where there is one, what was given may be wrong. */
int manifest_each_source(const char *folder, const struct manifest *head,
                         void (*take)(void *context, const struct manifest_source *source),
                         void *context, struct cte_error *error);

/* Frees what was read; the manifest is empty then. */
void manifest_free(struct manifest *manifest);

/* What a source that was read says of itself: the form it was read in, the hash of its content, and
 * where its records ended. Of one that was refused, the texts are empty, and there are no sums:
 * NULL. */
const struct fact_source *manifest_form(const struct manifest_source *source);
const char *manifest_sha256(const struct manifest_source *source);
const struct fact_sums *manifest_sums(const struct manifest_source *source);

/* The value of an option, the first where it was given several times; NULL where it was not. */
const char *manifest_option(const struct manifest *manifest, const char *name);

#endif
