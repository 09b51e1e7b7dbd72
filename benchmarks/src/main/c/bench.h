/*
 * What the peers in C have in common: each is one side of a contender in a process of its own, says
 * PORT, BEGIN and END (or READY and TOOK) on its standard output, and ends when its standard input
 * does.
 */
#ifndef BENCH_H
#define BENCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The queue bound of every contender that has one, on each side. */
enum { HIGH_WATER_MARK = 1000 };

/* Ends the process with an error. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with what errno says, unless the condition holds. */
void require(bool condition, const char *what);

/* A number of the command line, at least `min`. */
size_t argument(const char *text, size_t min);

/* A time of the command line, which has it in seconds. */
uint64_t nanos_argument(const char *text);

uint64_t now_nanos(void);

void *allocate(size_t bytes);

/* Says a line to the parent at once. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

void start_thread(void *(*run)(void *), void *argument);

/* From now on the process ends when its standard input does. */
void end_with_parent(void);

/* Never returns; for the main thread of a process whose other threads work. */
_Noreturn void wait_for_end(void);

/* The immutable messages that senders send in rotation: the first and the last byte is the index. */
struct ring {
    size_t count;
    size_t size;
    unsigned char *bytes;
};

struct ring ring_of(size_t size);

static inline const unsigned char *ring_at(const struct ring *ring, uint64_t number)
{
    return ring->bytes + number % ring->count * ring->size;
}

/* Counts what was received: one thread writes, any thread reads. */
struct counter {
    _Alignas(64) _Atomic uint64_t count;
};

static inline void counter_add(struct counter *counter)
{
    uint64_t before = atomic_load_explicit(&counter->count, memory_order_relaxed);
    atomic_store_explicit(&counter->count, before + 1, memory_order_relaxed);
}

/* The receiver's end of a ring. */
struct arrivals {
    struct counter counter;
    size_t ring_count;
    size_t size;
    bool alone;
};

/* If there is one receiver only, each message must be the next of the ring. */
void arrivals_init(struct arrivals *arrivals, size_t size, size_t receivers);

_Noreturn void arrivals_fail(const struct arrivals *arrivals, const unsigned char *message, size_t size);

/* A message has come. */
static inline void arrivals_count(struct arrivals *arrivals, const unsigned char *message, size_t size)
{
    uint64_t number = atomic_load_explicit(&arrivals->counter.count, memory_order_relaxed);
    if (size != arrivals->size || message[0] != message[size - 1]
        || (arrivals->alone && message[0] != number % arrivals->ring_count))
        arrivals_fail(arrivals, message, size);
    counter_add(&arrivals->counter);
}

struct times;

/*
 * Waits until each of `n` counters has counted, and for the warm-up; says BEGIN, and so many
 * nanoseconds later END with what they have counted together meanwhile and, unless `times` is NULL,
 * what was recorded meanwhile.
 */
void measure(struct counter *counters, size_t n, uint64_t warmup, uint64_t nanos, struct times *times);

/* Numbers requests, checks their answers, and takes the time if it is wanted. */
struct answers {
    struct counter counter;
    struct times *times;
    uint64_t *begun;
    size_t outstanding;
    size_t size;
};

void answers_init(struct answers *answers, size_t size, size_t outstanding, bool timed);

/* A request begins: its number goes into its first bytes. */
void answers_begin(struct answers *answers, unsigned char *request, uint64_t number);

/* An answer has come; it must be that to the oldest request. */
void answers_count(struct answers *answers, const unsigned char *answer, size_t size);

/* The bytes of what is transferred in pieces, so that its receiver can tell whether they came right. */
unsigned char *pattern_of(size_t bytes);

/* Checks one in so many of the bytes that lie `from` there, and the last of all. */
void pattern_check(const unsigned char *bytes, size_t from, size_t length, size_t total);

/* Says READY, then for each line of the standard input runs the transfer and says what it took. */
_Noreturn void transfer_on_demand(void (*transfer)(void *), void *argument);

#endif
