#include "pipeline/run/distinct_file.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "codetables/base/file.h"
#include "codetables/base/number.h"
#include "pipeline/stream/escape.h"

static const char heading[] = "row,person\r\n";

enum { HASH_DIGITS = 16, MOST_LINE = 64 };

uint64_t distinct_hash(const char *lea, struct slice number)
{
    return XXH3_64bits_withSeed(number.at, number.length, XXH3_64bits(lea, strlen(lea)));
}

/* ---- writing ---- */

void put_distinct_heading(struct output *output)
{
    output_text(output, heading);
}

void put_distinct(struct output *output, uint64_t row, uint64_t hash)
{
    static const char digits[] = "0123456789abcdef";
    char line[MOST_LINE], *to = put_number(line, row);
    *to++ = ',';
    for (int i = HASH_DIGITS - 1; i >= 0; i--)
        *to++ = digits[hash >> 4 * i & 0xF];
    to = mempcpy(to, "\r\n", 2);
    output_put(output, line, (size_t)(to - line));
    output->records++;
}

/* ---- reading ---- */

static int refuse_line(const struct distinct_reading *reading, struct cte_error *error)
{
    return cte_fail(error, CTE_BAD_INPUT, "%s:%" PRIu64 ": is no row of a file of people",
                    reading->shown, reading->line);
}

/* The next line without its end; false at the end of the file, and with the error filled. */
static bool take_line(struct distinct_reading *reading, char line[MOST_LINE],
                      struct cte_error *error)
{
    reading->line++;
    if (fgets(line, MOST_LINE, reading->file) == NULL) {
        if (ferror(reading->file))
            file_fail(reading->shown, "cannot read", CTE_IO, error);
        return false;
    }
    digest_add(&reading->digest, line, strlen(line));
    char *end = strstr(line, "\r\n");
    if (end == NULL || end[2] != '\0') {
        refuse_line(reading, error);
        return false;
    }
    *end = '\0';
    return true;
}

/* Takes the row that is next; none at the end of the file. */
static int advance(struct distinct_reading *reading, struct cte_error *error)
{
    char line[MOST_LINE];
    const uint64_t last = reading->row, last_hash = reading->hash;
    reading->row = 0;
    if (!take_line(reading, line, error))
        return error->status;
    char *hash = strchr(line, ',');
    if (hash != NULL)
        *hash++ = '\0';
    if (hash == NULL || strlen(hash) != HASH_DIGITS || !read_hex(hash, &reading->hash) ||
        !read_positive(line, &reading->row) || reading->row < last ||
        (reading->row == last && reading->hash <= last_hash))
        return refuse_line(reading, error);
    return CTE_OK;
}

int open_distinct(struct distinct_reading *reading, const char *path, const char *shown,
                  const char *sha256, struct cte_error *error)
{
    char line[MOST_LINE] = "";
    *reading = (struct distinct_reading){
        .file = file_stream(path), .shown = shown, .sha256 = sha256, .row = 0};
    if (reading->file == NULL)
        return file_fail(shown, "cannot read", CTE_IO, error);
    digest_begin(&reading->digest);
    if (take_line(reading, line, error) && strncmp(line, heading, sizeof heading - 3) == 0 &&
        strlen(line) == sizeof heading - 3)
        return advance(reading, error);
    return error->status != CTE_OK ? error->status : refuse_line(reading, error);
}

bool next_distinct(struct distinct_reading *reading, uint64_t row, uint64_t *hash,
                   struct cte_error *error)
{
    if (reading->row != row || reading->row == 0)
        return false;
    *hash = reading->hash;
    return advance(reading, error) == CTE_OK;
}

int close_distinct(struct distinct_reading *reading, struct cte_error *error)
{
    char hex[DIGEST_HEX];
    if (reading->file == NULL)
        return error->status;
    digest_end(&reading->digest, hex);
    fclose(reading->file);
    if (error->status != CTE_OK)
        return error->status;
    if (reading->row != 0)
        return cte_fail(error, CTE_BAD_INPUT, "%s: tells of rows that nothing counts",
                        reading->shown);
    if (reading->sha256 != NULL && strcmp(hex, reading->sha256) != 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: is not what the manifest says; cte-run --verify says more",
                        reading->shown);
    return CTE_OK;
}
