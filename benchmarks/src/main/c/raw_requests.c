#include "raw.h"

#include <poll.h>
#include <string.h>

/* Sends back what came, by one write for all that was complete after a read. */
static void *reply(void *argument)
{
    struct frames *frames = argument;
    for (;;) {
        size_t size;
        frames_read(frames);
        size_t from = frames->start;
        while (frames_next(frames, &size) != NULL) {
        }
        write_all(frames->socket, frames->bytes + from, frames->start - from);
    }
    return NULL;
}

/* Arguments: OUTSTANDING, which makes no difference here. */
void raw_reply(char **arguments, int n)
{
    static struct frames frames;
    if (n != 1)
        fail("reply OUTSTANDING");
    argument(arguments[0], 1);
    end_with_parent();
    frames_init(&frames, accept_one(), REQUEST_MAX);
    reply(&frames);
}

/*
 * The frames of the requests that may be under way, one behind the other, each written anew when its
 * answer has come. What is to be sent is a range of them that may go over the end.
 */
struct requester {
    struct answers answers;
    struct frames frames;
    unsigned char *requests;
    size_t frame;
    size_t outstanding;
    uint64_t begun;
    uint64_t sent; /* bytes, of all that were begun */
};

static void begin(struct requester *requester)
{
    unsigned char *frame = requester->requests + requester->begun % requester->outstanding * requester->frame;
    answers_begin(&requester->answers, frame + HEADER, requester->begun++);
}

/* Returns whether all is sent. */
static bool send_what_fits(struct requester *requester)
{
    uint64_t end = requester->begun * requester->frame;
    size_t capacity = requester->outstanding * requester->frame;
    while (requester->sent < end) {
        size_t from = requester->sent % capacity;
        size_t length = end - requester->sent;
        size_t first = from + length > capacity ? capacity - from : length;
        struct iovec parts[] = {
            {.iov_base = requester->requests + from, .iov_len = first},
            {.iov_base = requester->requests, .iov_len = length - first},
        };
        size_t written = write_some(requester->frames.socket, parts, length > first ? 2 : 1);
        if (written == 0)
            return false;
        requester->sent += written;
    }
    return true;
}

static void *request(void *argument)
{
    struct requester *requester = argument;
    for (size_t i = 0; i < requester->outstanding; i++)
        begin(requester);
    for (;;) {
        /* Never waits for room only: the replier may be waiting for its answers to be read. */
        while (!send_what_fits(requester)) {
            struct pollfd either = {.fd = requester->frames.socket, .events = POLLIN | POLLOUT};
            require(poll(&either, 1, spinning ? 0 : -1) >= 0, "poll");
            if (either.revents & ~POLLOUT)
                break;
        }
        const unsigned char *answer;
        size_t size;
        frames_read(&requester->frames);
        while ((answer = frames_next(&requester->frames, &size)) != NULL) {
            answers_count(&requester->answers, answer, size);
            begin(requester);
        }
    }
    return NULL;
}

/* Arguments: SIZE OUTSTANDING TIMED WARMUP SECONDS PORT. */
void raw_request(char **arguments, int n)
{
    static struct requester requester;
    if (n != 6)
        fail("request SIZE OUTSTANDING TIMED WARMUP SECONDS PORT");
    size_t size = argument(arguments[0], 8);
    size_t outstanding = argument(arguments[1], 1);
    if (size > REQUEST_MAX)
        fail("a request has at most %d bytes", REQUEST_MAX);
    end_with_parent();
    answers_init(&requester.answers, size, outstanding, strcmp(arguments[2], "true") == 0);
    requester.frame = HEADER + size;
    requester.outstanding = outstanding;
    requester.requests = allocate(outstanding * requester.frame);
    memset(requester.requests, 0, outstanding * requester.frame);
    for (size_t i = 0; i < outstanding; i++)
        put_header(requester.requests + i * requester.frame, size);
    frames_init(&requester.frames, dial(arguments[5]), size);
    start_thread(request, &requester);
    measure(&requester.answers.counter, 1, nanos_argument(arguments[3]), nanos_argument(arguments[4]),
        requester.answers.times);
    wait_for_end();
}
