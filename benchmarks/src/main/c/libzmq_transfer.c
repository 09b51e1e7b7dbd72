#include "libzmq.h"

/*
 * DEALER to DEALER: pieces one way and acknowledgements the other on one connection. One way it is
 * what PUSH and PULL are, peers in rotation and no envelope.
 *
 * A piece is lent to libzmq, which writes it from where it is, and is received into memory that
 * libzmq makes for it. Of pieces of 64 KiB, 256 KiB, 1 MiB and 4 MiB, those of 1 MiB were the
 * fastest; fewer of them under way, by a lower high-water mark, were no faster.
 */
enum { PIECE = 1 << 20 };

struct transfer {
    void *socket;
    unsigned char *memory;
    size_t bytes;
};

static size_t piece_at(size_t offset, size_t bytes)
{
    return bytes - offset < PIECE ? bytes - offset : PIECE;
}

/* Arguments: BYTES PIECE, of which the second is for plain sockets. Has the pieces as they come. */
void libzmq_transfer_listen(char **arguments, int n)
{
    if (n != 2)
        fail("transfer-listen BYTES PIECE");
    size_t bytes = argument(arguments[0], 1);
    end_with_parent();
    void *socket = new_socket(new_context(), ZMQ_DEALER, 0);
    bind_and_say(socket);
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (;;) {
        size_t size;
        for (size_t received = 0; received < bytes; received += size) {
            receive_into(&message, socket);
            size = zmq_msg_size(&message);
            if (size != piece_at(received, bytes))
                fail("a piece of %zu bytes behind %zu", size, received);
            pattern_check(zmq_msg_data(&message), received, size, bytes);
        }
        send_bytes(socket, "", 1);
    }
}

static void transfer(void *argument)
{
    struct transfer *transfer = argument;
    for (size_t sent = 0; sent < transfer->bytes; sent += PIECE)
        send_bytes(transfer->socket, transfer->memory + sent, piece_at(sent, transfer->bytes));
    char acknowledgement;
    if (zmq_recv(transfer->socket, &acknowledgement, 1, 0) != 1)
        fail("receive: %s", zmq_strerror(zmq_errno()));
}

/* Arguments: BYTES PIECE PORT, of which the second is for plain sockets. */
void libzmq_transfer_dial(char **arguments, int n)
{
    static struct transfer dialled;
    if (n != 3)
        fail("transfer-dial BYTES PIECE PORT");
    dialled.bytes = argument(arguments[0], 1);
    dialled.memory = pattern_of(dialled.bytes);
    dialled.socket = new_socket(new_context(), ZMQ_DEALER, 0);
    connect_to(dialled.socket, arguments[2]);
    transfer_on_demand(transfer, &dialled);
}
