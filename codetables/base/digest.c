#include "codetables/base/digest.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "codetables/base/error.h"
#include "codetables/base/file.h"

void digest_begin(struct digest *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        cte_die("SHA-256 cannot be set up");
    digest->context = context;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    if (length > 0 && EVP_DigestUpdate(digest->context, bytes, length) != 1)
        cte_die("SHA-256 failed");
}

/* Ends the context of the library and frees it. */
static void finish(EVP_MD_CTX *context, char hex[DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context, value, &length) != 1 || length != DIGEST_HEX / 2)
        cte_die("SHA-256 failed");
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; i < length; i++) {
        hex[2 * i] = digits[value[i] >> 4];
        hex[2 * i + 1] = digits[value[i] & 15];
    }
    hex[DIGEST_HEX - 1] = '\0';
}

void digest_end(struct digest *digest, char hex[DIGEST_HEX])
{
    finish(digest->context, hex);
    digest->context = NULL;
}

void digest_peek(const struct digest *digest, char hex[DIGEST_HEX])
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (copy == NULL || EVP_MD_CTX_copy_ex(copy, digest->context) != 1)
        cte_die("SHA-256 failed");
    finish(copy, hex);
}

void digest_drop(struct digest *digest)
{
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

void digest_bytes(const void *bytes, size_t length, char hex[DIGEST_HEX])
{
    struct digest digest = {0};
    digest_begin(&digest);
    digest_add(&digest, bytes, length);
    digest_end(&digest, hex);
}

bool digest_file(const char *path, char hex[DIGEST_HEX])
{
    struct digest digest = {0};
    char buffer[1 << 16];
    size_t got;
    FILE *file = file_stream(path);
    if (file == NULL)
        return false;
    digest_begin(&digest);
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        digest_add(&digest, buffer, got);
    const bool is_whole = !ferror(file);
    digest_end(&digest, hex);
    fclose(file);
    return is_whole;
}
