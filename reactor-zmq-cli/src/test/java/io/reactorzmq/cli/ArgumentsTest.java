package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** "Bad arguments: one clear sentence on stderr, exit code 2." */
class ArgumentsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                                        | name a command: push, pull, pair, req, rep, pub, sub or demo",
        "shove                                     | 'shove' makes no sense here",
        "push                                      | where to? Give --bind URI or --connect URI",
        "push --nope                               | Unknown option: '--nope'",
        "push there --bind tcp://*:1               | 'there' makes no sense here",
        "push --bind                               | Missing required parameter for option '--bind' (URI)",
        "push --bind nonsense                      | endpoint 'nonsense' does not begin with a scheme",
        "push --connect tcp://host                 | endpoint 'tcp://host' ",
        "push --connect tcp://host:70000           | endpoint 'tcp://host:70000' has the port '70000'",
        "push --connect carrier://pigeon:1         | ",
        "push --connect inproc://x                 | endpoint 'inproc://x' is within one process",
        "push --connect tcp://a:1 --connect tcp://a:1 | connected to tcp://a:1 already",
        "push --bind tcp://*:0 --format xml        | Invalid value for option '--format': 'xml' is not one of",
        "push --bind tcp://*:0 --hwm -1            | --hwm is -1, must not be negative",
        "push --bind tcp://*:0 --hwm many          | Invalid value for option '--hwm'",
        "push --bind tcp://*:0 --interval 5        | Invalid value for option '--interval': '5' is not a duration",
        "push --bind tcp://*:0 --interval infinite | Invalid value for option '--interval'",
        "push --bind tcp://*:0 --linger soon       | Invalid value for option '--linger': 'soon' is not a duration",
        "push --bind tcp://*:0 --count 5           | Unknown options: '--count', '5'",
        "push --bind tcp://*:0 --max-message-size -1 | --max-message-size is -1, must not be negative",
        "pull --bind tcp://*:0 --count 0           | --count is 0, must be at least 1",
        "pull --bind tcp://*:0 --interval 1s       | Unknown option",
        "pair --bind tcp://*:0 --connect tcp://a:1 | a pair takes one endpoint, --bind and --connect give 2",
        "req                                       | where to? Give --bind URI or --connect URI",
        "req --bind tcp://*:0 --in-flight 0        | --in-flight is 0, must be at least 1",
        "req --bind tcp://*:0 --timeout 0          | --timeout is 0, must be longer",
        "req --bind tcp://*:0 --timeout 5          | Invalid value for option '--timeout': '5' is not a duration",
        "req --bind tcp://*:0 --count 0            | --count is 0, must be at least 1",
        "req --bind tcp://*:0 --echo               | Unknown option: '--echo'",
        "rep                                       | where to? Give --bind URI or --connect URI",
        "rep --bind tcp://*:0 --count -1           | --count is -1, must be at least 1",
        "rep --bind tcp://*:0 --concurrency 0      | --concurrency is 0, must be at least 1",
        "rep --bind tcp://*:0 --interval 1s        | Unknown option",
        "pub                                       | where to? Give --bind URI or --connect URI",
        "pub --bind tcp://*:0 --wait-subscribers 0 | --wait-subscribers is 0, must be at least 1",
        "pub --bind tcp://*:0 --overflow block     | Invalid value for option '--overflow': 'block' is not one of drop_latest,",
        "pub --bind tcp://*:0 --subscribe a        | Unknown options: '--subscribe', 'a'",
        "pub --bind tcp://*:0 --count 5            | Unknown options: '--count', '5'",
        "sub                                       | where to? Give --bind URI or --connect URI",
        "sub --bind tcp://*:0 --count 0            | --count is 0, must be at least 1",
        "sub --bind tcp://*:0 --overflow drop      | Invalid value for option '--overflow': 'drop' is not one of drop_latest,",
        "sub --bind tcp://*:0 --subscribe          | Missing required parameter for option '--subscribe' (PREFIX)",
        "sub --bind tcp://*:0 --topic a            | Unknown options: '--topic', 'a'",
        "sub --bind tcp://*:0 --interval 1s        | Unknown option",
        "push --bind tcp://*:0 --tensor /no/such.npy | --tensor: there is no file /no/such.npy",
        "push --bind tcp://*:0 --tensor /          | --tensor: / is not a file that can be read",
        "push --bind tcp://*:0 --tensor pom.xml --format hex | --format says how lines are written, with --tensor there",
        "push --bind tcp://*:0 --unnamed           | --unnamed is for tensors, it needs --tensor",
        "push --bind tcp://*:0 --progress always   | --progress tells of tensors, it needs --tensor;",
        "push --bind tcp://*:0 --tensor pom.xml --progress on | Invalid value for option '--progress': 'on' is not one of never,",
        "push --bind tcp://*:0 --tensor-dir x      | Unknown options: '--tensor-dir', 'x'",
        "pull --bind tcp://*:0 --tensor pom.xml    | Unknown options: '--tensor', 'pom.xml'",
        "pull --bind tcp://*:0 --tensor-dir x --format hex | --format says how lines are written, with --tensor-dir there",
        "pub --bind tcp://*:0 --tensor pom.xml --format json | --format says how lines are written, with --tensor there",
        "sub --bind tcp://*:0 --progress always    | --progress tells of tensors, it needs --tensor-dir;",
        "req --bind tcp://*:0 --progress always    | --progress tells of tensors, it needs --tensor or --tensor-dir",
        "req --bind tcp://*:0 --tensor pom.xml --tensor-dir x --format hex | --format says how lines are written, with --tensor and --tensor-dir there",
        "rep --bind tcp://*:0 --tensor-dir x --format hex | --format says how lines are written, with --tensor-dir there",
        "rep --bind tcp://*:0 --tensor pom.xml     | Unknown options: '--tensor', 'pom.xml'",
        "demo /no/such/file                        | there is no file /no/such/file",
        "demo /                                    | / is not a file that can be read",
      })
  void badArgumentsGetOneSentenceAndExitCode2(String line, String sentence) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" +");
    try (Running zmq = Running.zmq(args)) {
      assertThat(zmq.exitCode()).isEqualTo(2);
      assertThat(zmq.output()).isEmpty();
      assertThat(zmq.errors().lines()).hasSize(1);
      String command = args.length == 0 || args[0].equals("shove") ? "zmq" : "zmq " + args[0];
      assertThat(zmq.errors())
          .startsWith(command + ": " + (sentence == null ? "" : sentence))
          .endsWith("; see ./" + command + " --help\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "push --help",
        "pull --help",
        "pair --help",
        "req --help",
        "rep --help",
        "pub --help",
        "sub --help",
        "demo --help"
      })
  void helpIsForStdout(String line) {
    try (Running zmq = Running.zmq(line.split(" "))) {
      assertThat(zmq.exitCode()).isZero();
      assertThat(zmq.output()).startsWith("Usage: zmq");
      assertThat(zmq.errors()).isEmpty();
    }
  }

  @Test
  void helpTellsOfTopicsAndOfWhatIsDropped() {
    try (Running pub = Running.zmq("pub", "--help");
        Running sub = Running.zmq("sub", "--help")) {
      assertThat(pub.exitCode() + sub.exitCode()).isZero();
      assertThat(pub.output())
          .contains("--topic", "a line without a tab is an error", "--wait-subscribers")
          .contains("drop_latest", "drop_oldest", "conflate", "disconnect", "wait: nothing is");
      assertThat(sub.output()).contains("--subscribe", "--count", "drop_latest", "conflate");
    }
  }

  @Test
  void aPrefixMayNotBeAnyLength() {
    try (Running sub = Running.zmq("sub", "--bind", "tcp://*:0", "--subscribe", "x".repeat(1025))) {
      assertThat(sub.exitCode()).isEqualTo(2);
      assertThat(sub.errors())
          .startsWith("zmq sub: --subscribe: a prefix has 1025 bytes of UTF-8, at most 1024 are")
          .hasLineCount(1);
    }
  }

  @Test
  void versionNamesTheProject() {
    try (Running zmq = Running.zmq("--version")) {
      assertThat(zmq.exitCode()).isZero();
      assertThat(zmq.output()).startsWith("reactor-zmq ");
    }
  }

  @Test
  void anEndpointThatIsTakenIsAFailureWithTheReason() {
    try (Running first = Running.zmq("pull", "--bind", "tcp://127.0.0.1:0")) {
      String endpoint = first.endpoint();
      try (Running second = Running.zmq("pull", "--bind", endpoint)) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.errors())
            .startsWith("zmq pull: cannot bind " + endpoint)
            .contains("Address already in use")
            .hasLineCount(1);
      }
    }
  }
}
