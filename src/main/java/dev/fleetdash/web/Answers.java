package dev.fleetdash.web;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Sends answers that are whole before they are sent. */
final class Answers {
  private Answers() {}

  /** The bytes may be shared between requests; they go out in one write. */
  static void send(Context ctx, int status, String contentType, byte[] body) throws IOException {
    HttpServletResponse res = ctx.res();
    res.setStatus(status);
    res.setContentType(contentType);
    res.setHeader("Cache-Control", Errors.NO_STORE);
    res.setContentLength(body.length);
    res.getOutputStream().write(body);
  }

  /** Sends a page, compressed if the browser takes that. */
  static void page(Context ctx, int status, byte[] html) throws IOException {
    compressed(ctx, status, Errors.HTML_TYPE, html);
  }

  /** Sends an answer that is worth compressing, if the client takes that. */
  static void compressed(Context ctx, int status, String contentType, byte[] body)
      throws IOException {
    ctx.res().setHeader("Vary", "Accept-Encoding");
    if (!FastGzip.taken(ctx.req().getHeader("Accept-Encoding"))) {
      send(ctx, status, contentType, body);
      return;
    }
    ByteArrayOutputStream small = new ByteArrayOutputStream(body.length / 4);
    try (FastGzip gzip = new FastGzip(small)) {
      gzip.write(body);
    }
    ctx.res().setHeader("Content-Encoding", "gzip");
    send(ctx, status, contentType, small.toByteArray());
  }

  /** Sends a static file. */
  static void send(Context ctx, Assets.Answer answer) throws IOException {
    HttpServletResponse res = ctx.res();
    res.setStatus(answer.status());
    answer.headers().forEach(res::setHeader);
    if (answer.status() != HttpServletResponse.SC_NOT_MODIFIED) {
      res.setContentLength(answer.body().length);
      res.getOutputStream().write(answer.body());
    }
  }
}
