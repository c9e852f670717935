package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A member of a fleet that asks by hand, and is told everything: also refusals, and by whom. */
public final class Member {
  private final FleetKey key = FleetKey.random();
  private final HttpClient client;

  /**
   * @param archive that has no key yet
   */
  public Member(Archive archive, HttpClient client) throws IOException {
    archive.put(FleetKeys.OBJECT, FleetKeysJson.write(List.of(key)));
    this.client = client;
  }

  /**
   * What was answered.
   *
   * @param signed whether by the host that was asked, for this very question
   */
  public record Answer(int status, String body, boolean signed) {}

  /**
   * Asks a host.
   *
   * @param millis the host's clock
   */
  public CompletableFuture<Answer> ask(URI uri, HostName host, long millis) {
    String path = uri.getRawPath() + "?" + uri.getRawQuery();
    PeerSignature.Request request = PeerSignature.Request.signed(key, "GET", path, host, millis);
    return client
        .sendAsync(
            Patience.request(uri).header(PeerSignature.REQUEST_HEADER, request.header()).build(),
            BodyHandlers.ofByteArray())
        .thenApply(answer ->
            new Answer(
                answer.statusCode(),
                new String(answer.body(), UTF_8),
                signed(answer, request.nonce(), host)));
  }

  private boolean signed(HttpResponse<byte[]> answer, String nonce, HostName host) {
    return answer
        .headers()
        .firstValue(PeerSignature.ANSWER_HEADER)
        .flatMap(PeerSignature.Answer::parse)
        .filter(by -> by.host().equals(host))
        .filter(by -> by.signedWith(key, nonce, answer.statusCode(), answer.body()))
        .isPresent();
  }
}
