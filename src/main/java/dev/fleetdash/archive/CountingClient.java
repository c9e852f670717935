package dev.fleetdash.archive;

import dev.fleetdash.telemetry.Requests;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * Counts what S3 bills, where requests leave: each attempt, whatever comes of it, unless there was
 * not even a connection. Safe for use by several threads.
 *
 * <p>One is not seen from here: a GET whose connection breaks before the first byte of an answer is
 * sent once more by the JDK's client itself.
 */
final class CountingClient implements SdkHttpClient {
  private final SdkHttpClient client;
  private final Requests requests;

  CountingClient(SdkHttpClient client, Requests requests) {
    this.client = client;
    this.requests = requests;
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    return new Attempt(client.prepareRequest(request), request.httpRequest());
  }

  @Override
  public String clientName() {
    return client.clientName();
  }

  @Override
  public void close() {
    client.close();
  }

  /** As S3 bills them: a HEAD costs what a GET does. */
  private static Requests.Kind kind(SdkHttpRequest request) {
    if (request.method() == SdkHttpMethod.PUT) {
      return Requests.Kind.PUT;
    }
    return request.firstMatchingRawQueryParameter("list-type").isPresent()
        ? Requests.Kind.LIST
        : Requests.Kind.GET;
  }

  private final class Attempt implements ExecutableHttpRequest {
    private final ExecutableHttpRequest attempt;
    private final SdkHttpRequest request;

    Attempt(ExecutableHttpRequest attempt, SdkHttpRequest request) {
      this.attempt = attempt;
      this.request = request;
    }

    @Override
    public HttpExecuteResponse call() throws IOException {
      HttpExecuteResponse response;
      long asked = System.nanoTime();
      try {
        response = attempt.call();
      } catch (IOException e) {
        if (!unconnected(e)) {
          count();
        }
        throw e;
      }
      count();
      note(response.httpResponse(), Duration.ofNanos(System.nanoTime() - asked));
      return response
          .responseBody()
          .map(body ->
              HttpExecuteResponse.builder()
                  .response(response.httpResponse())
                  .responseBody(AbortableInputStream.create(new Counted(body), body))
                  .build())
          .orElse(response);
    }

    private void note(SdkHttpResponse response, Duration took) {
      // What a cache kept says when it was made.
      if (response.firstMatchingHeader("Age").isEmpty()) {
        response.firstMatchingHeader("Date").ifPresent(date -> requests.answered(date, took));
      }
    }

    private void count() {
      requests.sent(kind(request));
      request
          .firstMatchingHeader("Content-Length")
          .ifPresent(length -> requests.sentBytes(Long.parseLong(length)));
    }

    @Override
    public void abort() {
      attempt.abort();
    }
  }

  private static boolean unconnected(IOException e) {
    return switch (e) {
      case ConnectException _, NoRouteToHostException _, UnknownHostException _ -> true;
      case SocketTimeoutException slow ->
          String.valueOf(slow.getMessage()).regionMatches(true, 0, "connect", 0, 7);
      default -> false;
    };
  }

  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      requests.receivedBytes(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      requests.receivedBytes(Math.max(n, 0));
      return n;
    }
  }
}
