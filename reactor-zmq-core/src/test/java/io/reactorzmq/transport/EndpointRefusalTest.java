package io.reactorzmq.transport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.error.EndpointException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people type wrong, and the sentence that each gets. */
class EndpointRefusalTest {

  private static final String EXPECTED = "; expected scheme://host:port, for example tcp://*:5555";
  private static final String NO_SCHEME = "does not begin with a scheme and ://" + EXPECTED;
  private static final String NO_HOST = "has no host" + EXPECTED;

  static Stream<Arguments> refused() {
    return Stream.of(
        // no scheme
        refused("", NO_SCHEME),
        refused(" ", NO_SCHEME),
        refused("tcp", NO_SCHEME),
        refused("5555", NO_SCHEME),
        refused("localhost:5555", NO_SCHEME),
        refused("*:5555", NO_SCHEME),
        refused("tcp:host:5555", NO_SCHEME),
        refused("tcp:/host:5555", NO_SCHEME),
        refused("tcp//host:5555", NO_SCHEME),
        refused("tcp:\\\\host:5555", NO_SCHEME),
        refused("//host:5555", NO_SCHEME),
        refused("://host:5555", NO_SCHEME),
        refused("${broker.url}", NO_SCHEME),
        // malformed scheme
        refused(" tcp://host:5555", "has the malformed scheme ' tcp'" + EXPECTED),
        refused("\"tcp://host:5555\"", "has the malformed scheme '\"tcp'" + EXPECTED),
        refused("tcp ://host:5555", "has the malformed scheme 'tcp '" + EXPECTED),
        refused("url=tcp://host:5555", "has the malformed scheme 'url=tcp'" + EXPECTED),
        refused("t\u212Acp://host:5555", "has the malformed scheme 't\u212Acp'" + EXPECTED),
        // no host
        refused("tcp://", NO_HOST),
        refused("tcp://:5555", NO_HOST),
        refused("tcp://?a=1", NO_HOST),
        refused("inproc://", "has no name; expected inproc://name"),
        refused("ipc://?a=1", "has no name; expected ipc://name"),
        // malformed host
        refused("tcp:// host:5555", malformedHost(" host")),
        refused("tcp://host :5555", malformedHost("host ")),
        refused("tcp://my host:5555", malformedHost("my host")),
        refused("tcp:///host:5555", malformedHost("/host")),
        refused("tcp://host/path", malformedHost("host/path")),
        refused("tcp://user:pw@host:5555", malformedHost("user:pw@host")),
        refused("tcp://tcp://host:5555", malformedHost("tcp://host")),
        refused("tcp://a:1,b:2", malformedHost("a:1,b")),
        refused("tcp://a,b:5555", malformedHost("a,b")),
        refused("tcp://${HOST}:5555", malformedHost("${HOST}")),
        refused("tcp://*.example:5555", malformedHost("*.example")),
        refused("tcp://b\u00FCcher.example:5555", malformedHost("b\u00FCcher.example")),
        refused("tcp://5555", malformedHost("5555")),
        refused("tcp://127.0.1:5555", malformedHost("127.0.1")),
        refused("tcp://256.0.0.1:5555", malformedHost("256.0.0.1")),
        // IPv6
        refused("tcp://::1:5555", unbracketed()),
        refused("tcp://::1", unbracketed()),
        refused("tcp://::", unbracketed()),
        refused("tcp://2001:db8::7:5555", unbracketed()),
        refused("tcp://fe80::1%eth0:5555", unbracketed()),
        refused("tcp://[]:5555", "has the malformed IPv6 address '[]'"),
        refused("tcp://[host]:5555", "has the malformed IPv6 address '[host]'"),
        refused("tcp://[127.0.0.1]:5555", "has the malformed IPv6 address '[127.0.0.1]'"),
        refused("tcp://[[::1]]:5555", "has the malformed IPv6 address '[[::1]]'"),
        refused("tcp://[::1:5555", malformedHost("[::1")),
        refused("tcp://::1]:5555", malformedHost("::1]")),
        refused("tcp://[::1]5555", malformedHost("[::1]5555")),
        // port
        refused("tcp://host:", badPort("")),
        refused("tcp://host: ", badPort(" ")),
        refused("tcp://host:5555 ", badPort("5555 ")),
        refused("tcp://host:99999", badPort("99999")),
        refused("tcp://host:65536", badPort("65536")),
        refused("tcp://host:99999999999", badPort("99999999999")),
        refused("tcp://host:-1", badPort("-1")),
        refused("tcp://host:-0", badPort("-0")),
        refused("tcp://host:+5555", badPort("+5555")),
        refused("tcp://host:http", badPort("http")),
        refused("tcp://host:0x10", badPort("0x10")),
        refused("tcp://host:\u0665\u0665", badPort("\u0665\u0665")),
        refused("tcp://host:**", badPort("**")),
        refused("tcp://host:5555/", badPort("5555/")),
        refused("tcp://host:5555/path", badPort("5555/path")),
        refused("tcp://host:5555;tls", badPort("5555;tls")),
        refused("tcp://[::1]:", badPort("")),
        refused("tcp://a:1:2", "has two ports" + EXPECTED),
        refused("tcp://*:*:5555", "has two ports" + EXPECTED),
        refused("tcp://[::1]:1:2", "has two ports" + EXPECTED),
        // parameters
        refused("tcp://h:1?", badParameter("")),
        refused("tcp://h:1?rdma", badParameter("rdma")),
        refused("tcp://h:1?=preferred", badParameter("=preferred")),
        refused("tcp://h:1?a=1&", badParameter("")),
        refused("tcp://h:1?a=1&&b=2", badParameter("")),
        refused("inproc://jobs?", badParameter("")),
        refused("tcp://h:1?a=1&b=2&a=1", "has the parameter 'a' twice"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void isRefusedWithASentence(String text, String why) {
    assertThatThrownBy(() -> Endpoint.parse(text))
        .isInstanceOf(EndpointException.class)
        .hasMessage("endpoint '" + text + "' " + why)
        .hasNoCause();
  }

  @Test
  @SuppressWarnings({"DataFlowIssue", "NullAway"})
  void nullIsRefusedWithASentence() {
    assertThatThrownBy(() -> Endpoint.parse(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("the endpoint is null" + EXPECTED);
  }

  private static Arguments refused(String text, String why) {
    return Arguments.of(text, why);
  }

  private static String malformedHost(String host) {
    return "has the malformed host '" + host + "'" + EXPECTED;
  }

  private static String unbracketed() {
    return "has an IPv6 address without brackets; expected for example tcp://[::1]:5555";
  }

  private static String badPort(String port) {
    return "has the port '" + port + "'; a port is 0 to 65535 or *";
  }

  private static String badParameter(String pair) {
    return "has the malformed parameter '" + pair + "'; expected key=value";
  }
}
