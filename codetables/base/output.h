/* output.h - a file that appears whole or not at all.
 *
 * output_open() makes a temporary file, born 0600, in the folder where the file is to be;
 * output_close() writes what is left, syncs and closes it; output_publish() renames it;
 * output_discard() removes it. A write error is kept and told by output_close(). What is written is
 * counted and hashed. With `gzip`, the file is packed at level 1, the same bytes every time.
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO.
 */
#ifndef CTE_OUTPUT_H
#define CTE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "codetables/base/digest.h"
#include "codetables/base/error.h"
#include "codetables/base/memory.h"

enum { OUTPUT_BUFFER = 1 << 18 };

struct output {
    char *folder, *name, *temporary; /* temporary is the path while the file is not published */
    int fd;
    bool is_open, gzip;
    bool is_synced_later; /* set after opening: the caller syncs, with all its other files */
    char *buffer;
    size_t used;
    uint64_t bytes, records; /* bytes of the file; records as the caller counts them */
    uint64_t handed_over;    /* bytes the kernel was told to write to the disk */
    int failed;              /* errno of the first write that failed */
    struct digest digest;
    char sha256[65]; /* of the file, set by output_close() */
    z_stream packer;
};

/* What the errno of a file or folder that cannot be made means as an exit status. */
int output_status(int why);

/* The folder in which a path lies; "." where it names none. */
char *path_folder(struct arena *memory, const char *path);

/* An output that could not be opened may be discarded like any other. */
int output_open(struct output *output, const char *folder, const char *name, bool gzip,
                struct cte_error *error);
/* The same for a file named by its path, not packed. CTE_CANNOT_CREATE where something is that is
 * no regular file: a device or a pipe. */
int output_open_path(struct output *output, const char *path, struct cte_error *error);
/* The same for what is only to be counted and hashed: nothing is kept of it, and there is nothing
 * to publish. */
int output_measure(struct output *output, const char *name, struct cte_error *error);
/* What goes to standard output, which stays open: it is not published. */
void output_to_standard(struct output *output);
int output_close(struct output *output, struct cte_error *error);
int output_publish(struct output *output, struct cte_error *error);
void output_discard(struct output *output);

void output_flush(struct output *output);
void output_put_large(struct output *output, const char *bytes, size_t length);
void output_text(struct output *output, const char *text);

/* Space for `size` bytes (at most OUTPUT_BUFFER); output_take() says how far it was filled. */
static inline char *output_space(struct output *output, size_t size)
{
    if (output->used + size > OUTPUT_BUFFER)
        output_flush(output);
    return output->buffer + output->used;
}

static inline void output_take(struct output *output, const char *end)
{
    output->used = (size_t)(end - output->buffer);
}

static inline void output_put(struct output *output, const char *bytes, size_t length)
{
    if (length > OUTPUT_BUFFER - output->used) {
        output_put_large(output, bytes, length);
        return;
    }
    memcpy(output->buffer + output->used, bytes, length);
    output->used += length;
}

/* A CSV cell by RFC 4180: in quotes only where it holds a comma, a quote or a line end. */
void output_csv(struct output *output, const char *value, size_t length);
bool csv_needs_quotes(const char *value, size_t length);

/* The same for a file that people open in a spreadsheet program: see codetables/base/cell.h. */
void output_cell(struct output *output, const char *value, size_t length);

/* Text inside an XML or HTML element or attribute, escaped; for pages, and for records, of which
 * there are millions: documents are written by xml_out.h. False where it is no XML text: then a
 * part of it may have been written. */
bool output_xml(struct output *output, const char *value, size_t length);

/* Makes the entries of a folder permanent. */
int sync_folder(const char *path, struct cte_error *error);

#endif
