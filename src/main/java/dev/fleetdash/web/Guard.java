package dev.fleetdash.web;

import dev.fleetdash.fleet.PeerPaths;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Stands before the routes: gives every answer its security headers, and turns away requests for a
 * host that is not ours, which is how a page elsewhere reaches a private address by DNS rebinding,
 * and bodies that nothing here would read.
 */
final class Guard extends Handler.Wrapper {
  private static final int MAX_BODY_BYTES = 64 * 1024;

  private final Listen listen;
  private final Headers headers;
  private final Errors errors;

  Guard(Listen listen, Headers headers, Errors errors) {
    this.listen = listen;
    this.headers = headers;
    this.errors = errors;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    headers.begin(response.getHeaders());
    String host = listen.forwarded().host(request);
    // Peers know addresses, not names, and sign what they ask.
    boolean signed = Request.getPathInContext(request).startsWith(PeerPaths.ALL);
    if (!signed && !listen.allows(host)) {
      String message =
          "requests for host '"
              + Text.brief(host)
              + "' are not answered here; FLEETDASH_ALLOW_HOSTS lists the names that are";
      errors.write(
          request,
          response,
          callback,
          new ApiException(ApiError.BAD_HOST, message, "Host").problem());
      return true;
    }
    if (request.getLength() > MAX_BODY_BYTES) {
      errors.write(request, response, callback, Problem.ofStatus(413, null));
      return true;
    }
    return super.handle(request, response, callback);
  }
}
