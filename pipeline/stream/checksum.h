/* checksum.h - CRC-32 of a stream, as zlib and libdeflate reckon it.
 *
 *     uint32_t crc = 0;
 *     crc = stream_checksum(crc, bytes, length);      // as often as there are more
 *
 * Each stage sums what it reads and what it writes. Where the processor multiplies polynomials in
 * registers of 64 bytes, that is four times as fast as libdeflate 1.14 is; elsewhere libdeflate
 * does it.
 */
#ifndef CTE_CHECKSUM_H
#define CTE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint32_t stream_checksum(uint32_t crc, const void *bytes, size_t length);

#endif
