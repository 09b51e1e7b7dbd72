/*
 * How long requests took: a histogram whose buckets are never wider than a thousandth of what they
 * hold. One thread records, any thread copies.
 */
#ifndef TIMES_H
#define TIMES_H

#include <stddef.h>
#include <stdint.h>

struct times;

struct times *times_new(void);

void times_record(struct times *times, uint64_t nanos);

struct times *times_copy(struct times *times);

/* Prints what was recorded since a copy was made, as keys and values with a space before each. */
void times_print(char *text, size_t size, struct times *times, struct times *before);

#endif
