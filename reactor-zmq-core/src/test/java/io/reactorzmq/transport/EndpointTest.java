package io.reactorzmq.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

  @ParameterizedTest
  @CsvSource({
    "tcp://127.0.0.1:5555,        tcp,    127.0.0.1,        5555",
    "tcp://0.0.0.0:1,             tcp,    0.0.0.0,          1",
    "tcp://w-1:5555,              tcp,    w-1,              5555",
    "tcp://my_service.ns.svc:80,  tcp,    my_service.ns.svc, 80",
    "tcp://host.example.:80,      tcp,    host.example.,    80",
    "tcp://localhost:65535,       tcp,    localhost,        65535",
    "tls://Host.Example:443,      tls,    Host.Example,     443",
    "rdma://10.0.0.1:18515,       rdma,   10.0.0.1,         18515",
    "tcp4://host:5,               tcp4,   host,             5",
    "tcp://host,                  tcp,    host,             -1",
    "tcp://[::1],                 tcp,    [::1],            -1",
    "tcp://[::1]:5555,            tcp,    [::1],            5555",
    "tcp://[::]:0,                tcp,    [::],             0",
    "tcp://[2001:db8::7]:5555,    tcp,    [2001:db8::7],    5555",
    "tcp://[::ffff:1.2.3.4]:5555, tcp,    [::ffff:1.2.3.4], 5555",
    "tcp://[fe80::1%eth0]:5555,   tcp,    [fe80::1%eth0],   5555",
    "inproc://jobs,               inproc, jobs,             -1",
    "inproc://a b:c/d@e:5,        inproc, a b:c/d@e:5,      -1",
    "ipc:///tmp/feed.sock,        ipc,    /tmp/feed.sock,   -1",
    "ipc://relative/feed:1,       ipc,    relative/feed:1,  -1",
  })
  void hasSchemeHostAndPort(String text, String scheme, String host, int port) {
    Endpoint endpoint = Endpoint.parse(text);

    assertThat(endpoint.scheme()).isEqualTo(scheme);
    assertThat(endpoint.host()).isEqualTo(host);
    assertThat(endpoint.port()).isEqualTo(port);
    assertThat(endpoint.parameters()).isEmpty();
    assertThat(endpoint).hasToString(text);
    assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint).hasSameHashCodeAs(endpoint);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp://*:5555,             tcp://*:5555",
    "tcp://*:*,                tcp://*:0",
    "tcp://*:0,                tcp://*:0",
    "tcp://[::]:*,             tcp://[::]:0",
    "tcp://*,                  tcp://*",
    "TCP://host:1,             tcp://host:1",
    "InProc://Jobs,            inproc://Jobs",
    "tcp://host:00080,         tcp://host:80",
    "tcp://h:1?b=2&a=1,        tcp://h:1?a=1&b=2",
    "tcp://h?rdma=preferred,   tcp://h?rdma=preferred",
    "tcp://h:*?a=,             tcp://h:0?a=",
    "tcp://h:1?a=b=c?d:e,      tcp://h:1?a=b=c?d:e",
    "inproc://jobs?a=1,        inproc://jobs?a=1",
    "ipc:///tmp/x.sock?mode=7, ipc:///tmp/x.sock?mode=7",
  })
  void hasOneCanonicalTextThatReadsBack(String text, String canonical) {
    Endpoint endpoint = Endpoint.parse(text);

    assertThat(endpoint).hasToString(canonical);
    assertThat(Endpoint.parse(canonical)).isEqualTo(endpoint).hasSameHashCodeAs(endpoint);
  }

  @Test
  void parametersAreSortedAndUnmodifiable() {
    Map<String, String> parameters = Endpoint.parse("tcp://h:1?z=1&a=2&m=").parameters();

    assertThat(parameters)
        .containsExactly(Map.entry("a", "2"), Map.entry("m", ""), Map.entry("z", "1"));
    assertThatThrownBy(() -> parameters.put("b", "3"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp://host:2?a=1",
        "tcp://other:1?a=1",
        "tls://host:1?a=1",
        "tcp://host:1?a=2",
        "tcp://host:1?b=1",
        "tcp://host:1",
        "tcp://host?a=1"
      })
  void differsInEveryPiece(String other) {
    assertThat(Endpoint.parse(other)).isNotEqualTo(Endpoint.parse("tcp://host:1?a=1"));
  }

  @Test
  void equalsNothingElse() {
    assertThat(Endpoint.parse("tcp://host:1")).isNotEqualTo("tcp://host:1").isNotEqualTo(null);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,       tcp://127.0.0.1:7?a=1",
    "host,            tcp://host:7?a=1",
    "[::1],           tcp://[::1]:7?a=1",
    "0:0:0:0:0:0:0:1, tcp://[0:0:0:0:0:0:0:1]:7?a=1",
    "fe80::1%eth0,    tcp://[fe80::1%eth0]:7?a=1",
  })
  void aBoundAddressReplacesHostAndPort(String host, String expected) {
    Endpoint bound = Endpoint.parse("tcp://*:*?a=1").withAddress(host, 7);

    assertThat(bound).hasToString(expected);
    assertThat(Endpoint.parse(expected)).isEqualTo(bound);
  }

  @Test
  void aNameIsNeverBracketed() {
    assertThat(Endpoint.parse("inproc://a").withAddress("b:c", -1)).hasToString("inproc://b:c");
    assertThat(Endpoint.parse("ipc://a").withAddress("/b:c", -1)).hasToString("ipc:///b:c");
  }
}
