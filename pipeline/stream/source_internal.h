/* source_internal.h - what the parts of a source share. Included by source*.c alone. */
#ifndef CTE_SOURCE_INTERNAL_H
#define CTE_SOURCE_INTERNAL_H

#include <zip.h>
#include <zlib.h>

#include "codetables/base/digest.h"
#include "codetables/sheets/package.h"
#include "pipeline/stream/source.h"

enum { PACKED_ROOM = 1 << 18 };

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZIP };

struct read_ahead; /* source_ahead.c */

struct source {
    char *name;
    int fd;
    enum packing packing;
    unsigned char *packed; /* bytes read from fd and not yet used: [packed_at, packed_end) */
    size_t packed_at, packed_end;
    uint64_t packed_bytes;
    bool at_end;
    uint64_t left;   /* how many bytes of a plain file may still be read */
    bool had_member; /* gzip: one member at least is behind us */
    bool in_member;  /* gzip: between the first byte of a member and its trailer */
    z_stream inflater;
    zip_t *archive;
    zip_file_t *member;
    char *member_name;    /* of a zip */
    uint64_t member_size; /* as the archive states it */
    const char *note;     /* what was passed over */
    unsigned hashes;      /* those of source.h that are reckoned */
    struct digest digest;
    struct quick_hash quick;
    uint64_t bytes;
    /* what a packed source may unpack to, 0: the bounds above; and so many times its packed
     * bytes */
    uint64_t bound, ratio;
    bool is_workbook;
    struct package_bounds parts; /* of a workbook */
    /* once they were asked for: */
    char sha256[DIGEST_HEX], quick_hash[QUICK_HASH_HEX];
    struct read_ahead *ahead; /* NULL: whoever wants bytes reads them */
};

/* No honest extract unpacks to more than the first, nor, past the second, to so many times its
 * packed size. */
#define SOURCE_MAX_CONTENT (UINT64_C(1) << 36)
#define SOURCE_RATIO_FREE (UINT64_C(1) << 24)

/* Whether a path ends so, in capitals or not, and is longer. */
bool has_ending(const char *path, const char *ending);

/* Fills the packed buffer from the file; at_end when there is no more. */
int source_fill(struct source *source, struct cte_error *error);

/* Bytes unpacked; *got is 0 at the end of the content and only there. */
int source_read_gzip(struct source *source, char *buffer, size_t room, size_t *got,
                     struct cte_error *error);
int source_read_zip(struct source *source, char *buffer, size_t room, size_t *got,
                    struct cte_error *error);

/* source_read(), but never what was read ahead. */
int source_read_next(struct source *source, char *buffer, size_t room, size_t *got,
                     struct cte_error *error);

/* source_read(), of what was read ahead. */
int take_read_ahead(struct read_ahead *ahead, char *buffer, size_t room, size_t *got,
                    struct cte_error *error);

/* Ends the thread that reads ahead, if there is one. */
void end_reading_ahead(struct source *source);

/* Opens the one file of a zip archive, or finds that the archive is a workbook. */
int source_open_zip(struct source *source, struct cte_error *error);

#endif
