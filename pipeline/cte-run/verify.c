/* Whether a run still is what it was: every hash and every sum. */
#include "pipeline/cte-run/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/shown.h"

struct listed_file {
    char *name, hash[65];
};

struct verifying {
    struct listed_file *listed;
    size_t listed_count;
    const struct program *program;
    const char *folder, *shown; /* the same, as it is told */
    unsigned files, wrong;
    bool has_manifest;
};

static void verify_file(const char *hash, const char *name, void *context)
{
    struct verifying *verifying = context;
    char *path = cte_format("%s/%s", verifying->folder, name), hex[65] = "";
    verifying->files++;
    verifying->listed = cte_realloc(verifying->listed, (verifying->listed_count + 1) * sizeof *verifying->listed);
    struct listed_file *listed = &verifying->listed[verifying->listed_count++];
    listed->name = cte_strdup(name);
    snprintf(listed->hash, sizeof listed->hash, "%s", hash);
    verifying->has_manifest = verifying->has_manifest || strcmp(name, "manifest.xml") == 0;
    if (!hash_file(path, hex) || strcmp(hex, hash) != 0) {
        char *shown = path_shown(path);
        program_say(verifying->program, "%s: %s", shown,
                    hex[0] == '\0' ? "cannot be read" : "is not what the run wrote: its hash differs");
        free(shown);
        verifying->wrong++;
    }
    free(path);
}

/* Fields that no change touched must have the same sums all along, and none may change after the recode. */
static unsigned verify_fields(const struct program *program, const char *folder, xmlNodePtr source)
{
    unsigned wrong = 0;
    for (xmlNodePtr field = first_element(source, "field"); field != NULL; field = next_element(field, "field")) {
        char *changed = attribute_or(field, "changed", ""), *read = attribute_or(field, "read", "");
        char *recoded = attribute_or(field, "recoded", ""), *validated = attribute_or(field, "validated", "");
        char *written = attribute_or(field, "written", "");
        bool is_touched = strcmp(changed, "yes") == 0;
        if (strcmp(recoded, validated) != 0 || (!is_touched && (strcmp(read, recoded) != 0 || strcmp(read, written) != 0))) {
            char *name = attribute_or(source, "name", "?"), *number = attribute_or(field, "number", "?");
            program_say(program, "%s/manifest.xml: source %s: the checksums of field %s do not agree", folder, name, number);
            free(name);
            free(number);
            wrong++;
        }
        free(changed);
        free(read);
        free(recoded);
        free(validated);
        free(written);
    }
    return wrong;
}

/* The sums of each source in the manifest must add up. */
static unsigned verify_sums(const struct verifying *verifying, xmlNodePtr root)
{
    const struct program *program = verifying->program;
    const char *folder = verifying->shown;
    unsigned wrong = 0;
    for (xmlNodePtr source = first_element(root, "source"); source != NULL; source = next_element(source, "source")) {
        xmlNodePtr sums = first_element(source, "sums");
        if (sums == NULL)
            continue; /* it was refused, and nothing of it was kept */
        unsigned long long read = attribute_count(sums, "read"), written = attribute_count(sums, "written");
        unsigned long long merged = attribute_count(sums, "merged"), rejected = attribute_count(sums, "rejected"),
                           held = attribute_count(sums, "held");
        if (read != written + merged + rejected + held) {
            char *name = attribute_or(source, "name", "?");
            program_say(program, "%s/manifest.xml: source %s: %llu read, but %llu written, %llu merged, %llu rejected, %llu held",
                        folder, name, read, written, merged, rejected, held);
            free(name);
            wrong++;
        }
        wrong += verify_fields(program, folder, source);
        for (xmlNodePtr file = first_element(source, "file"); file != NULL; file = next_element(file, "file")) {
            char *name = attribute_or(file, "name", ""), *hash = attribute_or(file, "sha256", "");
            bool is_listed = false;
            for (size_t i = 0; i < verifying->listed_count; i++)
                is_listed = is_listed ||
                            (strcmp(verifying->listed[i].name, name) == 0 && strcmp(verifying->listed[i].hash, hash) == 0);
            if (!is_listed) {
                program_say(program, "%s/SHA256SUMS: does not have %s as the manifest has it", folder, name);
                wrong++;
            }
            free(name);
            free(hash);
            char *holds = attribute_or(file, "holds", "");
            unsigned long long records = attribute_count(file, "records");
            if ((strcmp(holds, "converted") == 0 && records != written) || (strcmp(holds, "held") == 0 && records != held)) {
                program_say(program, "%s/manifest.xml: a file of %s records holds %llu", folder, holds, records);
                wrong++;
            }
            free(holds);
        }
    }
    return wrong;
}

int verify_run(const struct program *program, const char *folder, bool quiet)
{
    char *shown = path_shown(folder);
    struct verifying verifying = {.program = program, .folder = folder, .shown = shown};
    struct cte_error error = {0};
    if (!read_sums(folder, verify_file, &verifying) || !verifying.has_manifest) {
        program_say(program, "%s/SHA256SUMS: is missing or not a list of this run's files", shown);
        return CTE_BAD_INPUT;
    }
    xmlDocPtr doc = open_manifest(folder, &error);
    if (doc == NULL)
        return program_fail(program, &error);
    verifying.wrong += verify_sums(&verifying, xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
    verifying.wrong += verify_history(program, folder, quiet);
    if (!quiet)
        printf("%s: %u files, %u wrong\n", shown, verifying.files, verifying.wrong);
    return verifying.wrong == 0 ? CTE_OK : CTE_BAD_INPUT;
}
