package io.reactorzmq.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** stub. */
@Command(name = "demo")
final class DemoCommand implements Callable<Integer> {
  DemoCommand(Shell shell) {}

  @Override
  public Integer call() {
    return 0;
  }
}
