/* file.h - opening and finding what should be a regular file: nothing waits, and no failure is
 * taken for an absence.
 *
 *     FILE *file = file_stream(path);
 *     if (file == NULL)
 *         return file_fail(path, "cannot open the plan", CTE_NO_INPUT, error);
 *
 * A pipe that nobody writes to, a socket or a device would hold up a program for good; they are
 * refused. So is a folder.
 */
#ifndef CTE_FILE_H
#define CTE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "codetables/base/error.h"

/* Opens a regular file for reading; -1, with errno, when it cannot be or is none. */
int file_open(const char *path);
FILE *file_stream(const char *path);

/* The words for the errno of the two above. */
const char *file_why(int why);

/* What that errno means as an exit status: `missing` where there is no such file or it is none,
 * else 77 or 74. */
int file_status(int why, int missing);

/* A new file for reading and writing that has no name in its folder, and is gone when it is closed;
 * -1, with errno, where none can be made. */
int file_without_name(const char *folder);

/* "PATH: WHAT: why", from errno. Returns the status. */
int file_fail(const char *path, const char *what, int missing, struct cte_error *error);

/* Whether there is something of that name. Where the system cannot say, the error is filled and the
 * answer is no. */
bool file_is_there(const char *path, struct cte_error *error);

/* What a file should be. */
struct file_bounds {
    const char *what;     /* for messages: "manifest" */
    size_t most;          /* bytes that it may have */
    int missing, too_big; /* the status where it is not there or has more */
};

/* All of a file, with a NUL behind it; free(content.bytes) is the caller's. NULL where it fails. */
struct file_content {
    char *bytes;
    size_t length;
};

int file_bytes(const char *path, const struct file_bounds *bounds, struct file_content *content,
               struct cte_error *error);

/* The same of a file that is open, under the name that messages show. Closes it. */
int file_take(FILE *file, const char *shown, const struct file_bounds *bounds,
              struct file_content *content, struct cte_error *error);

/* The names in a folder for which `wanted` says yes, in the order of their bytes. -1, with errno,
 * when they cannot be read to the end; a part of them would do harm. To be freed with
 * file_free_names(). */
int file_names(const char *folder, bool (*wanted)(const char *name), char ***names, size_t *count);
bool file_is_xml(const char *name); /* visible, and ends with .xml */
void file_free_names(char **names, size_t count);

#endif
