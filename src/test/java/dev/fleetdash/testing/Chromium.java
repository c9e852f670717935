package dev.fleetdash.testing;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Debian's Chromium, without a window and without talking to its maker. For one thread. */
public final class Chromium implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/bin/chromium");

  private final Playwright playwright =
      Playwright.create(
          new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
  private final Browser browser =
      playwright
          .chromium()
          .launch(
              new BrowserType.LaunchOptions()
                  .setExecutablePath(PROGRAM)
                  .setTimeout(Patience.MILLIS)
                  .setArgs(
                      List.of(
                          "--no-sandbox",
                          "--disable-gpu",
                          "--disable-quic",
                          "--no-first-run",
                          "--disable-background-networking",
                          "--disable-component-update",
                          "--disable-sync")));

  /** An empty page in a window of its own. */
  public Page newPage(Browser.NewPageOptions options) {
    Page page = browser.newPage(options);
    page.setDefaultTimeout(Patience.MILLIS);
    return page;
  }

  /**
   * An empty page in a window of its own.
   *
   * @param complaints gets the page's warnings, errors and exceptions
   */
  public Page newPage(Browser.NewPageOptions options, Collection<String> complaints) {
    Page page = newPage(options);
    page.onConsoleMessage(message -> {
      if (List.of("error", "warning").contains(message.type())) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    return page;
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
