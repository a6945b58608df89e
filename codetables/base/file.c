#include "codetables/base/file.h"
#include "codetables/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open(const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        /* A socket cannot be opened at all. */
        errno = errno == ENXIO || errno == ENODEV ? ESPIPE : errno;
        return -1;
    }
    int why = fstat(fd, &about) != 0   ? errno
              : S_ISDIR(about.st_mode) ? EISDIR
              : S_ISREG(about.st_mode) ? 0
                                       : ESPIPE;
    if (why == 0)
        return fd;
    close(fd);
    errno = why;
    return -1;
}

FILE *file_stream(const char *path)
{
    int fd = file_open(path);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && file == NULL) {
        int why = errno;
        close(fd);
        errno = why;
    }
    return file;
}

const char *file_why(int why)
{
    return why == ESPIPE   ? "is a pipe, a socket or a device; name a file"
           : why == EISDIR ? "is a folder; name a file"
                           : strerror(why);
}

int file_status(int why, int missing)
{
    switch (why) {
    case EACCES:
    case EPERM: return CTE_NO_PERMISSION;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ESPIPE:
    case ELOOP:
    case ENAMETOOLONG: return missing;
    default: return CTE_IO;
    }
}

int file_without_name(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    /* not every file system can have files without a name */
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        char *path = cte_format("%s/.cte.XXXXXX", folder);
        fd = mkostemp(path, O_CLOEXEC);
        const int why = errno;
        if (fd >= 0)
            unlink(path);
        free(path);
        errno = why;
    }
    return fd;
}

int file_fail(const char *path, const char *what, int missing, struct cte_error *error)
{
    const int why = errno;
    return cte_fail(error, file_status(why, missing), "%s: %s: %s", path, what, file_why(why));
}

bool file_is_there(const char *path, struct cte_error *error)
{
    struct stat about;
    if (lstat(path, &about) == 0) /* a link that leads nowhere is told by who reads it */
        return true;
    if (errno != ENOENT && errno != ENOTDIR)
        cte_fail(error, file_status(errno, CTE_IO), "%s: cannot be looked at: %s", path,
                 strerror(errno));
    return false;
}

int file_take(FILE *file, const char *shown, const struct file_bounds *bounds,
              struct file_content *content, struct cte_error *error)
{
    size_t room = 1 << 16, length = 0, got = 1;
    char *bytes = cte_alloc(room + 1);
    while (length <= bounds->most && got > 0) {
        if (length == room)
            bytes = cte_realloc(bytes, (room *= 2) + 1);
        const size_t left = bounds->most - length + 1, wanted = room - length;
        got = fread(bytes + length, 1, wanted < left ? wanted : left, file);
        length += got;
    }
    int status = CTE_OK;
    if (ferror(file))
        status = cte_fail(error, CTE_IO, "%s: cannot read the %s: %s", shown, bounds->what,
                          strerror(errno));
    else if (length > bounds->most)
        status = cte_fail(error, bounds->too_big, "%s: larger than %zu bytes; no %s is", shown,
                          bounds->most, bounds->what);
    fclose(file);
    bytes[length] = '\0';
    *content = (struct file_content){bytes, length};
    if (status != CTE_OK) {
        free(bytes);
        *content = (struct file_content){0};
    }
    return status;
}

int file_bytes(const char *path, const struct file_bounds *bounds, struct file_content *content,
               struct cte_error *error)
{
    FILE *file = file_stream(path);
    if (file != NULL)
        return file_take(file, path, bounds, content, error);
    const int why = errno;
    *content = (struct file_content){0};
    return cte_fail(error, file_status(why, bounds->missing), "%s: cannot open the %s: %s", path,
                    bounds->what, file_why(why));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_names(const char *folder, bool (*wanted)(const char *name), char ***names, size_t *count)
{
    *names = NULL;
    *count = 0;
    DIR *listing = opendir(folder);
    if (listing == NULL)
        return -1;
    errno = 0; /* readdir() tells the end and a failure apart by it alone */
    for (struct dirent *entry; (entry = readdir(listing)) != NULL; errno = 0) {
        if (!wanted(entry->d_name))
            continue;
        *names = cte_realloc(*names, (*count + 1) * sizeof **names);
        (*names)[(*count)++] = cte_strdup(entry->d_name);
    }
    const int why = errno;
    closedir(listing);
    if (why != 0) {
        file_free_names(*names, *count);
        *names = NULL;
        *count = 0;
        errno = why;
        return -1;
    }
    if (*count > 0)
        qsort(*names, *count, sizeof **names, compare_names);
    return 0;
}

bool file_is_xml(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && name[0] != '.' && strcmp(name + length - 4, ".xml") == 0;
}

void file_free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}
