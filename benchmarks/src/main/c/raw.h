/*
 * Plain sockets: the floor of what a peer over TCP can cost. A message is its length in four bytes,
 * big-endian, and its bytes.
 */
#ifndef RAW_H
#define RAW_H

#include "bench.h"

#include <sys/uio.h>

/* What small messages are gathered in, and what is read at a time. */
enum { HEADER = 4, BATCH = 64 << 10 };

/* The largest request that a replier is ready for. */
enum { REQUEST_MAX = 16 << 20 };

/* Whether the sockets are asked again and again rather than waited for; the same for all of a process. */
extern bool spinning;

/* Listens on the loopback interface, says PORT, and returns the one connection that is made. */
int accept_one(void);

int dial(const char *port);

/* Reads as much as there is, at least a byte and at most `most`. Ends the process if the peer has ended. */
size_t read_some(int socket, void *bytes, size_t most);

void write_all(int socket, const void *bytes, size_t size);

/* Writes as much as the socket takes at once; returns how many bytes. */
size_t write_some(int socket, struct iovec *parts, size_t n);

void put_header(unsigned char *header, size_t size);

/* What was read and not yet taken apart. */
struct frames {
    int socket;
    unsigned char *bytes;
    size_t capacity;
    size_t start;
    size_t end;
};

/* `largest` is what a message may have. */
void frames_init(struct frames *frames, int socket, size_t largest);

/* Waits for bytes; then frames_next() gives every message that is complete. */
void frames_read(struct frames *frames);

/* The next message, which is valid until frames_read(), or NULL if none is complete. */
const unsigned char *frames_next(struct frames *frames, size_t *size);

/* The roles: their arguments as on the command line, from behind the role's name on. */
void raw_receive(char **arguments, int n);
void raw_send(char **arguments, int n);
void raw_reply(char **arguments, int n);
void raw_request(char **arguments, int n);
void raw_transfer_listen(char **arguments, int n);
void raw_transfer_dial(char **arguments, int n);

#endif
