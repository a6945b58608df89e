/* Whether a run still is what it was: its files, their hashes, its tables, and what its manifest
 * says of itself. */
#include "pipeline/cte-run/verify.h"
#include "pipeline/cte-run/kept_tables.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/model/sound.h"
#include "pipeline/cte-run/signature.h"
#include "pipeline/run/accounts_file.h"
#include "codetables/base/digest.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* ---- files ---- */

/* A run has its files, its tables below a folder, and a folder for the public. */
enum { MOST_DEPTH = 4 };

static void look_into(struct verifying *verifying, int folder, const char *below, int depth);

static void look_at(struct verifying *verifying, int folder, const char *entry, const char *name,
                    int depth)
{
    struct stat about;
    if (fstatat(folder, entry, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        verify_wrong(verifying, name, "cannot be looked at: %s", strerror(errno));
    } else if (S_ISDIR(about.st_mode) && depth < MOST_DEPTH) {
        const int inner = openat(folder, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner < 0)
            verify_wrong(verifying, name, "cannot be looked into: %s", strerror(errno));
        else
            look_into(verifying, inner, name, depth + 1);
    } else if (S_ISLNK(about.st_mode)) {
        verify_wrong(verifying, name,
                     "is a link, and a run has none: what it leads to is not of the run");
    } else if (!S_ISREG(about.st_mode)) {
        verify_wrong(verifying, name, "is no file; a run has files alone");
    } else {
        struct listed_file *listed = verify_listed(verifying, name);
        if (listed != NULL)
            listed->is_there = true;
        else if (strcmp(name, "SHA256SUMS") != 0 && strcmp(name, SIGNATURE_FILE) != 0)
            verify_wrong(verifying, name, "is no file of this run: SHA256SUMS does not list it");
    }
}

/* Takes the descriptor. */
static void look_into(struct verifying *verifying, int folder, const char *below, int depth)
{
    DIR *entries = fdopendir(folder);
    if (entries == NULL) {
        verify_wrong(verifying, below[0] != '\0' ? below : NULL, "cannot be looked into: %s",
                     strerror(errno));
        close(folder);
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *name = cte_format("%s%s%s", below, below[0] != '\0' ? "/" : "", entry->d_name);
        look_at(verifying, dirfd(entries), entry->d_name, name, depth);
        free(name);
    }
    closedir(entries);
}

static void verify_hashes(struct verifying *verifying)
{
    for (size_t i = 0; i < verifying->listed_count; i++) {
        const struct listed_file *listed = &verifying->listed[i];
        char *path = cte_format("%s/%s", verifying->folder, listed->name), hex[65] = "";
        if (i > 0 && strcmp(listed->name, verifying->listed[i - 1].name) == 0)
            verify_wrong(verifying, "SHA256SUMS", "lists a file twice: %s", listed->name);
        else if (!listed->is_there)
            verify_wrong(verifying, listed->name, "is missing");
        else if (!digest_file(path, hex) || strcmp(hex, listed->hash) != 0)
            verify_wrong(verifying, listed->name, "%s",
                         hex[0] == '\0' ? "cannot be read"
                                        : "is not what the run wrote: its hash differs");
        free(path);
    }
}

/* ---- tables ---- */

static void verify_table(struct verifying *verifying, const struct fact_table *table)
{
    char *file = table_file(table->kind, table->id, table->version);
    char *name =
        file != NULL ? cte_format("tables/%s", file) : cte_strdup(kept_decisions(table->id));
    const struct listed_file *listed = verify_find(verifying, name);
    if (listed == NULL || strcmp(listed->hash, table->sha256) != 0)
        verify_wrong(verifying, name, "is not the %s that the manifest names: %s", table->kind,
                     listed == NULL ? "SHA256SUMS does not list it" : "its hash is another there");
    free(file);
    free(name);
}

/* Each table that a source used is kept, as it was. */
static void verify_tables(struct verifying *verifying, const struct account *account)
{
    for (const struct fact_table *table = account_first(account, FACT_TABLE); table != NULL;
         table = account_next(account, FACT_TABLE, table))
        verify_table(verifying, table);
}

/* What bears the name of a table that was released is that table. */
static void verify_released(struct verifying *verifying)
{
    static const char folder[] = "tables/";
    struct released released;
    struct cte_error error = {0};
    if (released_read(verifying->program->codetables, &released, &error) != CTE_OK)
        verify_open(verifying, NULL,
                    "its tables cannot be held against those that were released: %s", error.text);
    else if (released.count == 0)
        verify_open(verifying, NULL,
                    "its tables cannot be held against those that were released: %s lists none",
                    released.path);
    for (size_t i = 0; i < released.count; i++) {
        char *name = cte_format("%s%s", folder, released.tables[i].name);
        const struct listed_file *listed = verify_listed(verifying, name);
        if (listed != NULL && strcmp(listed->hash, released.tables[i].sha256) != 0)
            verify_wrong(verifying, name,
                         "is not the table that was released under this name and version");
        free(name);
    }
    released_free(&released);
}

/* The length of a schema's name without its end, which an earlier version had too; 0 for another
 * file. */
static size_t schema_stem(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && (strcmp(name + length - 4, ".xsd") == 0 ||
                          strcmp(name + length - 4, ".rng") == 0)
               ? length - 4
               : 0;
}

/* A run is drawn anew by the schemas it kept, which must be those of this program: others might let
 * a table say anything, and an earlier version's are in another language. */
static void verify_schemas(struct verifying *verifying)
{
    static const char folder[] = "tables/schema/", *const read[] = {"layout", "codeset",
                                                                    "crosswalk", "rules",
                                                                    "rollups"};
    for (size_t i = 0; i < verifying->listed_count; i++) {
        struct listed_file *listed = &verifying->listed[i];
        char hex[65] = "";
        if (strncmp(listed->name, folder, sizeof folder - 1) != 0)
            continue;
        const char *name = listed->name + sizeof folder - 1;
        const size_t stem = schema_stem(name);
        char *path =
            cte_format("%s/schema/%.*s.xsd", verifying->program->codetables, (int)stem, name);
        listed->is_known = stem > 0 && digest_file(path, hex);
        free(path);
        for (size_t k = 0; k < sizeof read / sizeof *read; k++) {
            if (strlen(read[k]) != stem || strncmp(name, read[k], stem) != 0 ||
                strcmp(hex, listed->hash) == 0)
                continue;
            verify_open(verifying, listed->name,
                        "is not the schema of this program; by another one, nothing is drawn anew");
            verifying->has_other_schemas = true;
        }
    }
}

/* ---- the manifest's own sums ---- */

/* Fields that no change touched must have the same sums all along, and none may change after the
 * recode. */
static void verify_fields(struct verifying *verifying, const struct manifest_source *source)
{
    for (const struct fact_field *field = account_first(source->account, FACT_FIELD); field != NULL;
         field = account_next(source->account, FACT_FIELD, field)) {
        const bool is_touched = strcmp(field->changed, "yes") == 0;
        if (strcmp(field->recoded, field->validated) != 0 ||
            (!is_touched && (strcmp(field->read, field->recoded) != 0 ||
                             strcmp(field->read, field->written) != 0)))
            verify_wrong(verifying, "manifest.xml",
                         "source %s: the checksums of field %s do not agree", source->name,
                         field->number);
    }
}

static void verify_named_file(struct verifying *verifying, const struct fact_file *file,
                              const struct fact_sums *sums)
{
    const struct listed_file *listed = verify_find(verifying, file->name);
    if (listed == NULL || strcmp(listed->hash, file->sha256) != 0)
        verify_wrong(verifying, "SHA256SUMS", "does not have %s as the manifest has it",
                     file->name);
    if ((strcmp(file->holds, "converted") == 0 && file->records != sums->written) ||
        (strcmp(file->holds, "held") == 0 && file->records != sums->held))
        verify_wrong(verifying, "manifest.xml", "a file of %s records holds %" PRIu64, file->holds,
                     file->records);
}

/* What the manifest says of a source must add up. */
static void verify_told(void *context, const struct manifest_source *source)
{
    struct verifying *verifying = context;
    const struct fact_sums *sums = manifest_sums(source);
    verify_tables(verifying, source->account);
    if (sums == NULL)
        return; /* it was refused, and nothing of it was kept */
    if (sums->read != sums->written + sums->merged + sums->rejected + sums->held)
        verify_wrong(verifying, "manifest.xml",
                     "source %s: %" PRIu64 " read, but %" PRIu64 " written, %" PRIu64
                     " merged, %" PRIu64 " rejected, %" PRIu64 " held",
                     source->name, sums->read, sums->written, sums->merged, sums->rejected,
                     sums->held);
    verify_fields(verifying, source);
    for (const struct fact_file *file = account_first(source->account, FACT_FILE); file != NULL;
         file = account_next(source->account, FACT_FILE, file))
        verify_named_file(verifying, file, sums);
}

/* The files of a source, against what is said of them. */
static void verify_source(void *context, const struct manifest_source *source)
{
    struct verifying *verifying = context;
    if (manifest_sums(source) == NULL)
        return;
    verify_files(verifying, source);
    verify_counts(verifying, source);
}

/* ---- in the end ---- */

/* Files that are listed and have their hash, but of which nothing in the run speaks. */
static void verify_strangers(struct verifying *verifying)
{
    for (size_t i = 0; i < verifying->listed_count; i++) {
        if (!verifying->listed[i].is_known)
            verify_wrong(verifying, verifying->listed[i].name,
                         "is listed, but the run has made no such file");
    }
}

static int verify_signature(struct verifying *verifying, const char *signers, bool quiet)
{
    struct cte_error error = {0};
    char *who = NULL, *path = cte_format("%s/" SIGNATURE_FILE, verifying->folder);
    if (signers != NULL) {
        const int status = check_signature(verifying->folder, signers, &who, &error);
        if (status == CTE_BAD_INPUT)
            verifying->wrong++;
        if (status != CTE_OK)
            program_say(verifying->program, "%s", error.text);
        else if (!quiet)
            printf("%s: signed by %s\n", verifying->shown, who);
    } else if (access(path, F_OK) == 0 && !quiet) {
        printf("%s: is signed; --signers FILE tells by whom\n", verifying->shown);
    }
    free(who);
    free(path);
    return error.status == CTE_BAD_INPUT ? CTE_OK : error.status;
}

/* What only a folder whose files and tables are what they are said to be can be asked. */
static int verify_content(struct verifying *verifying, struct cte_error *error)
{
    verify_schemas(verifying);
    if (open_kept_tables(verifying)) {
        load_counting_tables(verifying);
        if (manifest_each_source(verifying->folder, &verifying->manifest, verify_source, verifying,
                                 error) == CTE_OK)
            verify_documents(verifying);
    }
    verify_strangers(verifying);
    return error->status;
}

/* All that is told, and then what the files hold where all of that agrees; `strangers` are files
 * that were wrong already and are in nobody's way. */
static int verify_manifest(struct verifying *verifying, unsigned strangers, struct cte_error *error)
{
    const struct manifest *manifest = &verifying->manifest;
    if (manifest->accounts_file.file != NULL)
        verify_find(verifying, ACCOUNTS_FILE);
    for (size_t i = 0; i < manifest->table_count; i++)
        verify_table(verifying, &manifest->tables[i]);
    if (manifest_each_source(verifying->folder, manifest, verify_told, verifying, error) ==
            CTE_OK &&
        verifying->wrong == strangers)
        verify_content(verifying, error);
    if (error->status == CTE_OK)
        verify_released(verifying);
    return error->status;
}

/* All that can be held against something. */
static int verify_folder(struct verifying *verifying, const char *signers, bool quiet)
{
    struct cte_error error = {0};
    const struct program *program = verifying->program;
    const char *folder = verifying->folder;
    if (verify_list(verifying, &error) != CTE_OK)
        return program_fail(program, &error);
    const struct listed_file *manifest = verify_find(verifying, "manifest.xml");
    if (manifest == NULL) {
        program_say(program, "%s/SHA256SUMS: is missing or not a list of this run's files",
                    verifying->shown);
        return CTE_BAD_INPUT;
    }
    const int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top >= 0)
        look_into(verifying, top, "", 0);
    const unsigned strangers = verifying->wrong; /* they are in nobody's way */
    verify_hashes(verifying);
    if (manifest->is_there &&
        (manifest_read(folder, MANIFEST_HEAD, &verifying->manifest, &error) != CTE_OK ||
         verify_manifest(verifying, strangers, &error) != CTE_OK))
        return program_fail(program, &error);
    verifying->wrong += verify_history(program, folder, quiet);
    const int asked = verify_signature(verifying, signers, quiet);
    if (!quiet) {
        printf("%s: %zu files, %u wrong\n", verifying->shown, verifying->listed_count,
               verifying->wrong);
        printf("%s: %llu records and %llu sums of fields counted anew; sha256 of manifest.xml %s\n",
               verifying->shown, verifying->records, verifying->sums, manifest->hash);
    }
    return asked != CTE_OK            ? asked
           : verifying->wrong > 0     ? CTE_BAD_INPUT
           : verifying->left_open > 0 ? CTE_SOME_LEFT
                                      : CTE_OK;
}

int verify_run(const struct program *program, const char *folder, const char *signers, bool quiet)
{
    struct arena memory = {0};
    struct verifying verifying = {.program = program,
                                  .folder = folder,
                                  .shown = arena_take(&memory, path_shown(folder)),
                                  .tables = arena_format(&memory, "%s/tables", folder)};
    const int status = verify_folder(&verifying, signers, quiet);
    for (size_t i = 0; i < verifying.listed_count; i++)
        free(verifying.listed[i].name);
    free(verifying.listed);
    manifest_free(&verifying.manifest);
    close_kept_tables(&verifying);
    arena_free(&memory);
    return status;
}
