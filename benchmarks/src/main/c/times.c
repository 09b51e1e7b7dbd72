#include "times.h"

#include "bench.h"

#include <stdio.h>

/*
 * Below 2 * HALF every number has a bucket of its own; above, each power of two is divided into HALF
 * buckets.
 */
enum { HALF_BITS = 10, HALF = 1 << HALF_BITS, BUCKETS = HALF * (65 - HALF_BITS) };

struct times {
    _Atomic uint64_t buckets[BUCKETS];
};

static size_t bucket_of(uint64_t value)
{
    if (value < 2 * HALF)
        return value;
    int shift = 63 - __builtin_clzll(value) - HALF_BITS;
    return (size_t)shift * HALF + (value >> shift);
}

/* The largest value of a bucket. */
static uint64_t value_of(size_t bucket)
{
    if (bucket < 2 * HALF)
        return bucket;
    size_t shift = bucket / HALF - 1;
    return ((bucket - shift * HALF + 1) << shift) - 1;
}

struct times *times_new(void)
{
    struct times *times = allocate(sizeof *times);
    for (size_t i = 0; i < BUCKETS; i++)
        atomic_init(&times->buckets[i], 0);
    return times;
}

void times_record(struct times *times, uint64_t nanos)
{
    _Atomic uint64_t *bucket = &times->buckets[bucket_of(nanos)];
    atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + 1, memory_order_relaxed);
}

static uint64_t count_of(struct times *times, size_t bucket)
{
    return atomic_load_explicit(&times->buckets[bucket], memory_order_relaxed);
}

struct times *times_copy(struct times *times)
{
    struct times *copy = allocate(sizeof *copy);
    for (size_t i = 0; i < BUCKETS; i++)
        atomic_init(&copy->buckets[i], count_of(times, i));
    return copy;
}

void times_print(char *text, size_t size, struct times *times, struct times *before)
{
    struct times *after = times_copy(times); /* stands still while it is read twice */
    uint64_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        count += count_of(after, i) - count_of(before, i);
    const double parts[] = {0.5, 0.9, 0.99, 0.999, 1};
    uint64_t values[5] = {0};
    uint64_t seen = 0;
    size_t next = 0;
    for (size_t i = 0; i < BUCKETS && count > 0; i++) {
        seen += count_of(after, i) - count_of(before, i);
        while (next < 5 && (double)seen >= parts[next] * (double)count && seen > 0)
            values[next++] = value_of(i);
    }
    snprintf(text, size, " count=%llu p50=%llu p90=%llu p99=%llu p999=%llu max=%llu", (unsigned long long)count,
        (unsigned long long)values[0], (unsigned long long)values[1], (unsigned long long)values[2],
        (unsigned long long)values[3], (unsigned long long)values[4]);
}
