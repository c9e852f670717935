package dev.fleetdash.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.Utf8ByteOutput;

/**
 * Renders pages from the templates, which were compiled with the program. Safe for use by several
 * threads.
 */
final class Pages {
  private static final String PACKAGE = "dev.fleetdash.web.pages";

  private final TemplateEngine engine =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, Pages.class.getClassLoader(), PACKAGE);

  /** UTF-8. */
  byte[] host(HostPage page) {
    return render("host.jte", page);
  }

  /** UTF-8. */
  byte[] fleet(FleetPage page) {
    return render("fleet.jte", page);
  }

  /** UTF-8. */
  byte[] error(ErrorPage page) {
    return render("error.jte", page);
  }

  private byte[] render(String template, Object page) {
    Utf8ByteOutput out = new Utf8ByteOutput();
    engine.render(template, page, out);
    return out.toByteArray();
  }
}
