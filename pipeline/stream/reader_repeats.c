/* Lines of the form for rejected records that repeat a record with another error. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"
#include "codetables/base/wide_product.h"
#include "pipeline/stream/reader_internal.h"

static struct seen_record *seen_slot(const struct reader *reader, uint64_t low, uint64_t high)
{
    /* The high half of the product spreads the hash over any number of places. */
    size_t i = (size_t)multiply_wide(low, reader->seen_room).high;
    while ((reader->seen[i].low != 0 || reader->seen[i].high != 0) &&
           (reader->seen[i].low != low || reader->seen[i].high != high))
        i = i + 1 == reader->seen_room ? 0 : i + 1;
    return &reader->seen[i];
}

/* Notes a rejected record by its fields without those the form adds. True when it was there before.
 */
bool reader_was_seen(struct reader *reader, const struct reader_record *item)
{
    const struct kind *kind = item->record.kind;
    const char *text = item->record.text;
    size_t length = item->record.start[kind->fields] - 1;
    /* One line of a record may be escaped and another not: an error may quote a value with a caret.
     * So escapes are taken back unless these fields themselves need them. */
    bool needs_escapes = false;
    if (item->record.escaped) {
        text_clear(&reader->seen_text);
        char *room = text_space(&reader->seen_text, length);
        size_t plain = (size_t)(stream_unescape(room, text, length) - room), carets = 0;
        for (size_t i = 0; i < plain; i++) {
            carets += room[i] == '^';
            needs_escapes = needs_escapes || room[i] == '\n' || room[i] == '\r';
        }
        needs_escapes = needs_escapes || carets != kind->fields - 1;
        if (!needs_escapes) {
            text = room;
            length = plain;
        }
    }
    struct wide_hash hash = keyed_hash_wide(text, length);
    hash.high ^= 2 * (uint64_t)kind->index + needs_escapes;
    if (8 * (reader->seen_count + 1) > 7 * reader->seen_room) {
        struct seen_record *old = reader->seen;
        size_t old_room = reader->seen_room;
        reader->seen_room = old_room == 0 ? 1024 : old_room + old_room / 2;
        reader->seen = cte_zalloc(reader->seen_room, sizeof *reader->seen);
        for (size_t i = 0; i < old_room; i++) {
            if (old[i].low != 0 || old[i].high != 0)
                *seen_slot(reader, old[i].low, old[i].high) = old[i];
        }
        free(old);
    }
    hash.low |= hash.low == 0 && hash.high == 0;
    struct seen_record *slot = seen_slot(reader, hash.low, hash.high);
    if (slot->low != 0 || slot->high != 0)
        return true;
    *slot = (struct seen_record){hash.low, hash.high};
    reader->seen_count++;
    return false;
}
