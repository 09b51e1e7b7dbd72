package io.reactorzmq.internal.transport;

/** The tests that every transport passes; each runs with a fresh {@link Rig}. */
interface TransportContract
    extends ReceivingContract, SendingContract, ClosingContract, BindingContract {

  @Override
  Rig rig();
}
