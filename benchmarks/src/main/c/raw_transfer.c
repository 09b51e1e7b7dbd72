#include "raw.h"

struct transfer {
    int socket;
    unsigned char *memory;
    size_t bytes;
    size_t piece;
};

/* Arguments: BYTES PIECE. Has never more than a piece of what comes. */
void raw_transfer_listen(char **arguments, int n)
{
    if (n != 2)
        fail("transfer-listen BYTES PIECE");
    size_t bytes = argument(arguments[0], 1);
    size_t piece = argument(arguments[1], 1);
    unsigned char *memory = allocate(piece);
    end_with_parent();
    int socket = accept_one();
    for (;;) {
        size_t got;
        for (size_t received = 0; received < bytes; received += got) {
            got = read_some(socket, memory, piece < bytes - received ? piece : bytes - received);
            pattern_check(memory, received, got, bytes);
        }
        write_all(socket, "", 1);
    }
}

static void transfer(void *argument)
{
    struct transfer *transfer = argument;
    char acknowledgement;
    for (size_t sent = 0; sent < transfer->bytes; sent += transfer->piece) {
        size_t left = transfer->bytes - sent;
        write_all(transfer->socket, transfer->memory + sent, left < transfer->piece ? left : transfer->piece);
    }
    read_some(transfer->socket, &acknowledgement, 1);
}

/* Arguments: BYTES PIECE PORT. */
void raw_transfer_dial(char **arguments, int n)
{
    struct transfer dialled;
    if (n != 3)
        fail("transfer-dial BYTES PIECE PORT");
    dialled.bytes = argument(arguments[0], 1);
    dialled.piece = argument(arguments[1], 1);
    dialled.memory = pattern_of(dialled.bytes);
    dialled.socket = dial(arguments[2]);
    transfer_on_demand(transfer, &dialled);
}
