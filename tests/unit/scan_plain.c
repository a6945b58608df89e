/* SCAN_PLAIN chooses the plain version of scan.h; it must stand before the header. */
#ifndef SCAN_PLAIN
#define SCAN_PLAIN
#endif
#include "tests/unit/scan_plain.h"

struct scan_result scan_plain(const char *at, const char *end, char delimiter, bool closely,
                              uint32_t *positions, uint32_t room)
{
    return closely ? scan_record(at, end, delimiter, true, positions, room)
                   : scan_record(at, end, delimiter, false, positions, room);
}
