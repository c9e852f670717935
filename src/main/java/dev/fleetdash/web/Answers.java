package dev.fleetdash.web;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextResponse;
import org.eclipse.jetty.io.Connection;

/**
 * Sends answers that are whole before they are sent: no thread waits for a client that does not
 * read, and {@link Connections} bounds what is kept for such clients. Safe for use by several
 * threads.
 */
final class Answers {
  private final Connections connections;

  Answers(Connections connections) {
    this.connections = connections;
  }

  /**
   * Sends it; the bytes may be shared between requests.
   *
   * @return completed when it was taken, or the client is gone
   * @throws ApiException where too much is kept already for clients that do not read
   */
  CompletableFuture<?> send(Context ctx, int status, String contentType, byte[] body) {
    Pieces pieces = pieces(ctx);
    pieces.share(body, body.length);
    head(ctx, status, contentType);
    return send(ctx, pieces);
  }

  /** Sends what is small, and has to be told however much is kept already. */
  CompletableFuture<?> error(Context ctx, int status, String contentType, byte[] body) {
    Pieces pieces = pieces(ctx);
    pieces.share(body, 0);
    head(ctx, status, contentType);
    return send(ctx, pieces);
  }

  private static void head(Context ctx, int status, String contentType) {
    HttpServletResponse res = ctx.res();
    res.setStatus(status);
    res.setContentType(contentType);
    res.setHeader("Cache-Control", Errors.NO_STORE);
  }

  /** Sends a page, compressed if the browser takes that. */
  CompletableFuture<?> page(Context ctx, int status, byte[] html) {
    return compressed(ctx, status, Errors.HTML_TYPE, html);
  }

  /** Sends an answer that is worth compressing, if the client takes that. */
  CompletableFuture<?> compressed(Context ctx, int status, String contentType, byte[] body) {
    ctx.res().setHeader("Vary", "Accept-Encoding");
    if (!FastGzip.taken(ctx.req().getHeader("Accept-Encoding"))) {
      return send(ctx, status, contentType, body);
    }
    byte[] small = gzip(body);
    Pieces pieces = pieces(ctx);
    pieces.share(small, small.length);
    head(ctx, status, contentType);
    ctx.res().setHeader("Content-Encoding", "gzip");
    return send(ctx, pieces);
  }

  private static byte[] gzip(byte[] body) {
    ByteArrayOutputStream small = new ByteArrayOutputStream(body.length / 4);
    try (FastGzip gzip = new FastGzip(small)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new IllegalStateException("compress in memory", e);
    }
    return small.toByteArray();
  }

  /** Sends a static file. */
  CompletableFuture<?> send(Context ctx, Assets.Answer answer) {
    HttpServletResponse res = ctx.res();
    res.setStatus(answer.status());
    answer.headers().forEach(res::setHeader);
    if (answer.status() == HttpServletResponse.SC_NOT_MODIFIED) {
      return CompletableFuture.completedFuture(null);
    }
    Pieces pieces = pieces(ctx);
    // All clients share its bytes.
    pieces.share(answer.body(), 0);
    return send(ctx, pieces);
  }

  /** For an answer to the request that is not known as a whole before it is made. */
  Pieces pieces(Context ctx) {
    Connection connection =
        ServletContextRequest.getServletContextRequest(ctx.req())
            .getConnectionMetaData()
            .getConnection();
    return new Pieces(connection, connections);
  }

  /** Sends them; they are let go when they were taken. */
  CompletableFuture<?> send(Context ctx, Pieces pieces) {
    ctx.res().setContentLengthLong(pieces.length());
    if (ctx.method().equals(HandlerType.HEAD)) {
      pieces.letGo();
      return CompletableFuture.completedFuture(null);
    }
    ServletContextResponse response = ServletContextResponse.getServletContextResponse(ctx.res());
    // The servlet's stream would miss what does not go through it, and end the connection.
    response.getHttpOutput().setApplicationContentLength(-1);
    return pieces.write(response);
  }
}
