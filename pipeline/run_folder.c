#include "pipeline/run_folder.h"

#include <errno.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/shown.h"

/* A DOCTYPE has no business in a manifest. */
xmlDocPtr open_manifest(const char *folder, struct cte_error *error)
{
    char *path = cte_format("%s/manifest.xml", folder);
    xmlDocPtr doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNodePtr root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    if (root == NULL || doc->intSubset != NULL || strcmp((const char *)root->name, "run") != 0) {
        const int why = access(path, R_OK) == 0 ? 0 : errno;
        char *shown = path_shown(path);
        cte_fail(error, why == 0 ? CTE_BAD_INPUT : why == EACCES ? CTE_NO_PERMISSION : CTE_NO_INPUT, "%s: %s", shown,
                 why == 0 ? "is not the manifest of a run" : strerror(why));
        free(shown);
        if (doc != NULL)
            xmlFreeDoc(doc);
        doc = NULL;
    }
    free(path);
    return doc;
}

unsigned long long attribute_count(xmlNodePtr node, const char *name)
{
    char *text = attribute_or(node, name, "0");
    unsigned long long count = strtoull(text, NULL, 10);
    free(text);
    return count;
}

bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context), void *context)
{
    char *path = cte_format("%s/SHA256SUMS", folder), *line = NULL;
    FILE *file = fopen(path, "re");
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;
    while (good && (length = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        good = length > 67 && line[64] == ' ' && line[65] == ' ' && strncmp(line + 66, "../", 3) != 0 &&
               strstr(line + 66, "/../") == NULL && line[66] != '/';
        line[64] = '\0';
        if (good)
            found(line, line + 66, context);
    }
    if (file != NULL)
        fclose(file);
    free(line);
    free(path);
    return good;
}

bool hash_file(const char *path, char hex[65])
{
    FILE *file = fopen(path, "re");
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char buffer[1 << 16];
    size_t got;
    bool good = file != NULL && hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    while (good && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        good = EVP_DigestUpdate(hash, buffer, got) == 1;
    good = good && !ferror(file) && EVP_DigestFinal_ex(hash, digest, &size) == 1 && size == 32;
    if (good)
        sha256_text(digest, hex);
    if (file != NULL)
        fclose(file);
    EVP_MD_CTX_free(hash);
    return good;
}
