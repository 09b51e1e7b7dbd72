#include "bench.h"

#include "times.h"

#include <errno.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _exit(1); /* other threads go on meanwhile, so nothing is torn down under them */
}

void require(bool condition, const char *what)
{
    if (!condition)
        fail("%s: %s", what, strerror(errno));
}

size_t argument(const char *text, size_t min)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || value < min)
        fail("'%s' is not a number of at least %zu", text, min);
    return value;
}

uint64_t nanos_argument(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (*end != '\0' || end == text || !(seconds >= 0 && seconds < 1e6))
        fail("'%s' is not a time in seconds", text);
    return (uint64_t)(seconds * 1e9);
}

uint64_t now_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void *allocate(size_t bytes)
{
    void *memory;
    int error = posix_memalign(&memory, 64, bytes);
    if (error != 0)
        fail("%zu bytes of memory: %s", bytes, strerror(error));
    return memory;
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

void start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run, argument);
    if (error != 0)
        fail("a thread: %s", strerror(error));
    pthread_detach(thread);
}

static void *watch_parent(void *unused)
{
    char ignored[64];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
    _exit(0);
    return unused;
}

void end_with_parent(void)
{
    start_thread(watch_parent, NULL);
}

void wait_for_end(void)
{
    for (;;)
        pause();
}

static void sleep_nanos(uint64_t nanos)
{
    struct timespec left = {.tv_sec = (time_t)(nanos / 1000000000), .tv_nsec = (long)(nanos % 1000000000)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

struct ring ring_of(size_t size)
{
    struct ring ring = {.count = size <= 4096 ? 256 : 16, .size = size};
    ring.bytes = allocate(ring.count * size);
    memset(ring.bytes, 0, ring.count * size);
    for (size_t i = 0; i < ring.count; i++) {
        ring.bytes[i * size] = (unsigned char)i;
        ring.bytes[i * size + size - 1] = (unsigned char)i;
    }
    return ring;
}

void arrivals_init(struct arrivals *arrivals, size_t size, size_t receivers)
{
    atomic_init(&arrivals->counter.count, 0);
    arrivals->ring_count = size <= 4096 ? 256 : 16;
    arrivals->size = size;
    arrivals->alone = receivers == 1;
}

void arrivals_fail(const struct arrivals *arrivals, const unsigned char *message, size_t size)
{
    uint64_t number = atomic_load(&arrivals->counter.count);
    if (size != arrivals->size)
        fail("message %llu has %zu bytes instead of %zu", (unsigned long long)number, size, arrivals->size);
    fail("message %llu begins with %d and ends with %d, the ring has %zu messages", (unsigned long long)number,
        message[0], message[size - 1], arrivals->ring_count);
}

static uint64_t sum(struct counter *counters, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += atomic_load_explicit(&counters[i].count, memory_order_relaxed);
    return sum;
}

void measure(struct counter *counters, size_t n, uint64_t warmup, uint64_t nanos, struct times *times)
{
    for (size_t i = 0; i < n; i++) {
        while (atomic_load_explicit(&counters[i].count, memory_order_relaxed) == 0)
            usleep(1000);
    }
    sleep_nanos(warmup);
    struct times *before = times == NULL ? NULL : times_copy(times);
    uint64_t from = now_nanos();
    uint64_t first = sum(counters, n);
    say("BEGIN");
    sleep_nanos(nanos);
    uint64_t counted = sum(counters, n) - first;
    uint64_t took = now_nanos() - from;
    char latency[256] = "";
    if (times != NULL)
        times_print(latency, sizeof latency, times, before);
    say("END messages=%llu nanos=%llu%s", (unsigned long long)counted, (unsigned long long)took, latency);
}

void answers_init(struct answers *answers, size_t size, size_t outstanding, bool timed)
{
    atomic_init(&answers->counter.count, 0);
    answers->times = timed ? times_new() : NULL;
    answers->begun = allocate(outstanding * sizeof *answers->begun);
    answers->outstanding = outstanding;
    answers->size = size;
}

void answers_begin(struct answers *answers, unsigned char *request, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        request[i] = (unsigned char)(number >> (56 - 8 * i));
    if (answers->times != NULL)
        answers->begun[number % answers->outstanding] = now_nanos();
}

void answers_count(struct answers *answers, const unsigned char *answer, size_t size)
{
    uint64_t number = atomic_load_explicit(&answers->counter.count, memory_order_relaxed);
    if (size != answers->size)
        fail("an answer has %zu bytes instead of %zu", size, answers->size);
    uint64_t got = 0;
    for (int i = 0; i < 8; i++)
        got = got << 8 | answer[i];
    if (got != number)
        fail("the request %llu was answered with %llu", (unsigned long long)number, (unsigned long long)got);
    if (answers->times != NULL)
        times_record(answers->times, now_nanos() - answers->begun[number % answers->outstanding]);
    counter_add(&answers->counter);
}

static unsigned char pattern_at(uint64_t index)
{
    const uint64_t spread = 0x9E3779B97F4A7C15;
    return (unsigned char)((index * spread + spread) >> 56);
}

unsigned char *pattern_of(size_t bytes)
{
    unsigned char *memory = allocate(bytes);
    for (size_t i = 0; i < bytes; i++)
        memory[i] = pattern_at(i);
    return memory;
}

static void require_pattern(unsigned char got, size_t index)
{
    if (got != pattern_at(index))
        fail("byte %zu is %d, not %d", index, got, pattern_at(index));
}

void pattern_check(const unsigned char *bytes, size_t from, size_t length, size_t total)
{
    const size_t stride = 999983; /* a prime, so that what is checked lies anywhere within pieces */
    for (size_t at = (from + stride - 1) / stride * stride; at < from + length; at += stride)
        require_pattern(bytes[at - from], at);
    if (from + length == total)
        require_pattern(bytes[length - 1], total - 1);
}

static sem_t lines;

static void *read_lines(void *unused)
{
    int c;
    while ((c = getchar()) != EOF) {
        if (c == '\n')
            sem_post(&lines);
    }
    _exit(0);
    return unused;
}

/* Lines are read on a thread of their own, so that their end also ends a transfer that has no end. */
void transfer_on_demand(void (*transfer)(void *), void *argument)
{
    require(sem_init(&lines, 0, 0) == 0, "sem_init");
    start_thread(read_lines, NULL);
    say("READY");
    for (;;) {
        if (sem_wait(&lines) != 0)
            continue; /* a signal */
        uint64_t begun = now_nanos();
        transfer(argument);
        say("TOOK %llu", (unsigned long long)(now_nanos() - begun));
    }
}
