/* reading.h - runs the reader over bytes and writes down what it says, one event a line. For the
 * reader's tests alone.
 *
 *   3@41 alpha:ABCD-R/4~* text    a record: line, byte, layout, type with suffix, fields of the
 *     layout; ~ escaped, * recoded bytes
 *   3@41 !field-count text        a record with a defect
 *   note 1 bom                    at the end: bom, lf, blank, open (no final line end), ctrl-z,
 *     zeros, sep, joined, or
 *                                 `repeated N`
 *   end
 *   refused 65 3 2 41             the source is refused: status, line, record, byte
 */
#ifndef CTE_READING_H
#define CTE_READING_H

#include "pipeline/stream/reader.h"
#include "tests/unit/unit.h"

/* Appends the events to *events; with `tail`, only the records from that one on. */
void read_events(const char *path, const struct reader_options *options, uint64_t tail,
                 struct text *events);

#endif
