package dev.fleetdash.web;

/** A page that says why there is no other. */
public record ErrorPage(Frame frame, int status, String heading, String message) {

  static ErrorPage unknownPage(String path, NodeView node, Assets assets) {
    return new ErrorPage(
        Frame.of("Not found", "error", "", node, assets),
        404,
        "There is no such page",
        "Nothing is served at " + path + ".");
  }

  static ErrorPage unknownHost(String host, NodeView node, Assets assets) {
    return new ErrorPage(
        Frame.of("Unknown host", "error", "", node, assets),
        404,
        "Unknown host",
        "This node is " + node.name() + " and knows nothing of " + host + ".");
  }

  static ErrorPage of(int status, String heading, String message, NodeView node, Assets assets) {
    return new ErrorPage(Frame.of(heading, "error", "", node, assets), status, heading, message);
  }

  static ErrorPage failed(NodeView node, Assets assets) {
    return new ErrorPage(
        Frame.of("Failed", "error", "", node, assets),
        500,
        "The page could not be made",
        "The reason is in the log of " + node.name() + ".");
  }
}
