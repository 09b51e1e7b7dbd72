package io.reactorzmq;

/** The front door: one factory method per socket type, each starting a spec. */
public final class Zmq {

  private Zmq() {}
}
