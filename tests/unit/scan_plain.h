/* scan_plain.h - scan_record() as the version in plain C makes it, whatever this machine's
 * processor can do. */
#ifndef CTE_SCAN_PLAIN_H
#define CTE_SCAN_PLAIN_H

#include "pipeline/stream/scan.h"

struct scan_result scan_plain(const char *at, const char *end, char delimiter, bool closely,
                              uint32_t *positions, uint32_t room);

#endif
