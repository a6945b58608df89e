/* What is kept of a source beside its records. */
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/reader_internal.h"

void reader_add_note(struct reader *reader, uint64_t line, const char *text)
{
    for (size_t i = 0; i < reader->note_count; i++) {
        if (strcmp(reader->notes[i].text, text) == 0)
            return;
    }
    if (reader->note_count < READER_MAX_NOTES)
        reader->notes[reader->note_count++] = (struct reader_note){line, cte_strdup(text)};
}

void reader_keep_sample(struct reader *reader, const char *bytes, size_t length)
{
    size_t left = sizeof reader->sample - reader->sample_length;
    size_t taken = length < left ? length : left;
    memcpy(reader->sample + reader->sample_length, bytes, taken);
    reader->sample_length += taken;
}
