#include "pipeline/run/run_folder.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context),
               void *context)
{
    char *path = cte_format("%s/SHA256SUMS", folder), *line = NULL;
    FILE *file = file_stream(path);
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;
    while (good && (length = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        good = length > 67 && line[64] == ' ' && line[65] == ' ' &&
               strncmp(line + 66, "../", 3) != 0 && strstr(line + 66, "/../") == NULL &&
               line[66] != '/';
        line[64] = '\0';
        if (good)
            found(line, line + 66, context);
    }
    if (file != NULL) {
        good = good && !ferror(file);
        fclose(file);
    }
    free(line);
    free(path);
    return good;
}

bool hash_file(const char *path, char hex[65])
{
    FILE *file = file_stream(path);
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
