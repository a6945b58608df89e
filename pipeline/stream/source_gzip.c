#include "pipeline/stream/source_internal.h"

/* Some tools and tapes fill up a gzip file with zeros. Nothing else may follow them. */
static int skip_zeros(struct source *source, struct cte_error *error)
{
    for (;;) {
        while (source->packed_at < source->packed_end && source->packed[source->packed_at] == 0)
            source->packed_at++;
        if (source->packed_at < source->packed_end)
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: bytes follow the zeros after the end of the gzip file; send it again",
                source->name);
        int status = source_fill(source, error);
        if (status != CTE_OK)
            return status;
        if (source->packed_at == source->packed_end)
            break;
    }
    source->note = "zeros after the end of the gzip file were left out";
    return CTE_OK;
}

int source_read_gzip(struct source *source, char *buffer, size_t room, size_t *got,
                     struct cte_error *error)
{
    z_stream *z = &source->inflater;
    *got = 0;
    while (*got == 0) {
        if (source->packed_at == source->packed_end) {
            int status = source_fill(source, error);
            if (status != CTE_OK)
                return status;
            if (source->packed_at == source->packed_end) {
                if (source->in_member)
                    return cte_fail(error, CTE_BAD_INPUT,
                                    "%s: the gzip file is cut off after byte %llu of its content; "
                                    "send it again",
                                    source->name, (unsigned long long)source->bytes);
                return CTE_OK;
            }
        }
        if (!source->in_member && source->had_member && source->packed[source->packed_at] == 0)
            return skip_zeros(source, error);
        if (!source->in_member && source->had_member && source->packed[source->packed_at] != 0x1f)
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: bytes follow the end of the gzip file that are no gzip; send it again",
                source->name);
        source->in_member = true;
        size_t chunk = room < (1U << 30) ? room : (1U << 30);
        z->next_in = source->packed + source->packed_at;
        z->avail_in = (uInt)(source->packed_end - source->packed_at);
        z->next_out = (Bytef *)buffer;
        z->avail_out = (uInt)chunk;
        int code = inflate(z, Z_NO_FLUSH);
        source->packed_at = source->packed_end - z->avail_in;
        *got = chunk - z->avail_out;
        if (code == Z_STREAM_END) {
            source->in_member = false;
            source->had_member = true;
            inflateReset(z);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: the gzip file is damaged after byte %llu of its content: %s; send it again",
                source->name, (unsigned long long)source->bytes,
                z->msg != NULL ? z->msg : "bad data");
        }
    }
    return CTE_OK;
}
