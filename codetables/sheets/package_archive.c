/* The zip archive that an .xlsx file is, and the parts in it by their names. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "codetables/sheets/package_internal.h"

enum { MOST_PARTS = 1 << 16 };

static int refuse_archive(const char *path, zip_error_t *why, struct cte_error *error)
{
    cte_fail(error, CTE_BAD_INPUT, "%s: not a sound .xlsx file: %s; save it in Excel again", path,
             zip_error_strerror(why));
    zip_error_fini(why);
    return error->status;
}

static int take_archive(const char *path, zip_t *archive, const struct package_bounds *bounds,
                        struct package **package, struct cte_error *error)
{
    if (zip_get_num_entries(archive, 0) > MOST_PARTS) {
        zip_discard(archive);
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: holds more than %d parts, which no .xlsx file does; save it in Excel "
                        "again",
                        path, MOST_PARTS);
    }
    *package = cte_zalloc(1, sizeof **package);
    **package = (struct package){path, archive, bounds, bounds->all};
    return CTE_OK;
}

int package_open(const char *name, const char *bytes, size_t length,
                 const struct package_bounds *bounds, struct package **package,
                 struct cte_error *error)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &why);
    if (source == NULL)
        cte_die("libzip cannot start");
    zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, &why);
    if (archive == NULL) {
        zip_source_free(source);
        return refuse_archive(name, &why, error);
    }
    return take_archive(name, archive, bounds, package, error);
}

int package_open_file(const char *name, int fd, const struct package_bounds *bounds,
                      struct package **package, struct cte_error *error)
{
    int code = 0;
    const int again = dup(fd);
    if (again < 0)
        return cte_fail(error, CTE_IO, "%s: cannot be read: %s", name, strerror(errno));
    zip_t *archive = zip_fdopen(again, 0, &code);
    if (archive == NULL) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        close(again);
        return refuse_archive(name, &why, error);
    }
    return take_archive(name, archive, bounds, package, error);
}

void package_close(struct package *package)
{
    if (package != NULL)
        zip_discard(package->archive);
    free(package);
}

/* A name in the archive is the name of a part where they differ only in case, in strokes that lean
 * the other way, or in characters that one of them writes with a percent sign. */
static int next_character(const char **name)
{
    unsigned code;
    if ((*name)[0] == '%' && sscanf(*name + 1, "%2x", &code) == 1 &&
        strspn(*name + 1, "0123456789ABCDEFabcdef") >= 2) {
        *name += 3;
        return tolower((int)code);
    }
    return **name == '\0'   ? -1
           : **name == '\\' ? (++*name, '/')
                            : tolower((unsigned char)*(*name)++);
}

static bool same_part(const char *a, const char *b)
{
    for (;;) {
        int x = next_character(&a), y = next_character(&b);
        if (x != y || x < 0)
            return x == y;
    }
}

int package_locate(struct package *package, const char *part, zip_uint64_t *index, uint64_t *size,
                   struct cte_error *error)
{
    size_t found = 0;
    zip_int64_t members = zip_get_num_entries(package->archive, 0);
    for (zip_int64_t i = 0; i < members; i++) {
        const char *name = zip_get_name(package->archive, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
        if (name == NULL || !same_part(name + (name[0] == '/'), part))
            continue;
        *index = (zip_uint64_t)i;
        found++;
    }
    if (found > 1)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: not a sound .xlsx file: it holds the part %s twice; save it in Excel again",
            package->path, part);
    if (found == 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: does not hold the part %s; it is no .xlsx file that can be read, save "
                        "it in Excel again",
                        package->path, part);
    struct zip_stat about;
    zip_stat_init(&about);
    if (zip_stat_index(package->archive, *index, 0, &about) != 0 ||
        (about.valid & ZIP_STAT_SIZE) == 0)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: the archive does not describe it",
                        package->path, part);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: is encrypted; save the file without a password", package->path,
                        part);
    if (about.size > package->bounds->part || about.size > package->left)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: unpacks to %llu bytes, %s", package->path,
                        part, (unsigned long long)about.size, package->bounds->advice);
    *size = about.size;
    return CTE_OK;
}
