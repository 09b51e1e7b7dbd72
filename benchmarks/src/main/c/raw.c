#include "raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool spinning = false;

static struct sockaddr_in loopback(size_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int without_delay(int socket)
{
    int on = 1;
    require(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
    return socket;
}

int accept_one(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    require(listening >= 0, "socket");
    require(bind(listening, (struct sockaddr *)&address, length) == 0, "bind");
    require(listen(listening, 1) == 0, "listen");
    require(getsockname(listening, (struct sockaddr *)&address, &length) == 0, "getsockname");
    say("PORT %d", ntohs(address.sin_port));
    int connection = accept(listening, NULL, NULL);
    require(connection >= 0, "accept");
    close(listening);
    return without_delay(connection);
}

int dial(const char *port)
{
    struct sockaddr_in address = loopback(argument(port, 1));
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    require(connection >= 0, "socket");
    require(connect(connection, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return without_delay(connection);
}

static bool again(void)
{
    return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
}

size_t read_some(int socket, void *bytes, size_t most)
{
    for (;;) {
        ssize_t got = recv(socket, bytes, most, spinning ? MSG_DONTWAIT : 0);
        if (got > 0)
            return (size_t)got;
        if (got == 0 || errno == ECONNRESET)
            _exit(0); /* the peer has ended, which it does when the parent says so */
        require(again(), "recv");
    }
}

size_t write_some(int socket, struct iovec *parts, size_t n)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = n};
    ssize_t written = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written >= 0)
        return (size_t)written;
    if (errno == EPIPE || errno == ECONNRESET)
        _exit(0);
    require(again(), "sendmsg");
    return 0;
}

void write_all(int socket, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + size;
    while (at < end) {
        ssize_t written = send(socket, at, (size_t)(end - at), MSG_NOSIGNAL | (spinning ? MSG_DONTWAIT : 0));
        if (written >= 0) {
            at += written;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            _exit(0);
        } else {
            require(again(), "send");
        }
    }
}

void put_header(unsigned char *header, size_t size)
{
    uint32_t length = htonl((uint32_t)size);
    memcpy(header, &length, HEADER);
}

void frames_init(struct frames *frames, int socket, size_t largest)
{
    frames->socket = socket;
    /* a message that is not complete, and a batch behind it */
    frames->capacity = HEADER + largest + BATCH;
    frames->bytes = allocate(frames->capacity);
    frames->start = 0;
    frames->end = 0;
}

/* The bytes of the message at the start and its header, or 0 if the header is not there yet. */
static size_t length_at_start(const struct frames *frames)
{
    uint32_t length;
    if (frames->end - frames->start < HEADER)
        return 0;
    memcpy(&length, frames->bytes + frames->start, HEADER);
    size_t whole = HEADER + (size_t)ntohl(length);
    if (whole > frames->capacity)
        fail("a message of %zu bytes", whole - HEADER);
    return whole;
}

void frames_read(struct frames *frames)
{
    size_t rest = frames->end - frames->start;
    size_t whole = length_at_start(frames);
    memmove(frames->bytes, frames->bytes + frames->start, rest);
    frames->start = 0;
    /* No more than a large message needs, so that what is moved is never large. */
    size_t most = whole > BATCH ? whole - rest : BATCH;
    frames->end = rest + read_some(frames->socket, frames->bytes + rest, most);
}

const unsigned char *frames_next(struct frames *frames, size_t *size)
{
    size_t whole = length_at_start(frames);
    if (whole == 0 || frames->end - frames->start < whole)
        return NULL;
    const unsigned char *message = frames->bytes + frames->start + HEADER;
    *size = whole - HEADER;
    frames->start += whole;
    return message;
}
