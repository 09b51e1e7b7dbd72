package io.reactorzmq.cli;

import picocli.CommandLine.IVersionProvider;

/** The version as the jar's manifest has it. Classes that are not in a jar have none. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"reactor-zmq " + (version == null ? "(not from a jar)" : version)};
  }
}
