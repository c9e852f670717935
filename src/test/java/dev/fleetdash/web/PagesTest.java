package dev.fleetdash.web;

import static dev.fleetdash.web.SampleHost.HOSTILE;
import static dev.fleetdash.web.SampleHost.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.State;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PagesTest {
  private final Assets assets = new Assets();
  private final Pages pages = new Pages();

  @Test
  void theHostPageHasTheNumbersBeforeAnyScript() {
    String html = host(SampleHost.full(), SampleHost.node());

    assertThat(tile(html, "cpu")).contains("<b>47</b>").contains("<span>%</span>");
    assertThat(tile(html, "memory"))
        .contains("<b>56</b>")
        .contains("9.0\u00a0GiB of 16.0\u00a0GiB");
    assertThat(tile(html, "load")).contains("2\u00a0cores");
    assertThat(tile(html, "filesystem")).contains("25.0\u00a0GiB free on").contains("tone-warn");
    assertThat(html)
        .contains("<title>web-1 · fleetdash</title>")
        .contains("data-live-ts=\"" + SampleHost.NOON + "\"")
        .contains("3\u00a0d 4\u00a0h");
  }

  @Test
  void namesFromRowsAreShownAsText() {
    String html = host(SampleHost.full(), SampleHost.node());

    assertThat(html).contains("&lt;/td&gt;&lt;script&gt;alert").doesNotContain("<script>alert");
  }

  @Test
  void whatIsUnknownIsADashAndNotZero() {
    String html = host(SampleHost.almostNothing(), SampleHost.node());

    assertThat(tile(html, "load")).contains("<b>0.50</b>");
    assertThat(tile(html, "cpu"))
        .contains("<b>–</b>")
        .doesNotContain("<b>0")
        .doesNotContain("<rect");
    assertThat(tile(html, "disk")).contains("<b>–</b>");
    assertThat(html)
        .doesNotContain("data-tile=\"pressure\"")
        .doesNotContain("NaN")
        .doesNotContain("Infinity")
        .contains("No file systems known");
  }

  @Test
  void aHostWithoutRowsHasAPage() {
    String html = host(SampleHost.withoutData(), SampleHost.node());

    assertThat(html)
        .contains("stale, no row yet")
        .contains("No row of web-1 is known")
        .contains("data-live-ts=\"\"")
        .doesNotContain("NaN");
  }

  @ParameterizedTest
  @MethodSource("dev.fleetdash.web.StateCases#all")
  void aStateSaysWhatIsKnownAndSinceWhen(StateCases.Case one) {
    assertThat(HostState.of(one.status(), Instant.ofEpochSecond(one.now())).text())
        .isEqualTo(one.text());
  }

  @Test
  void aFailingPartIsSaidAboveAllElse() {
    Telemetry telemetry = new Telemetry(() -> Instant.ofEpochSecond(SampleHost.NOON));
    telemetry.part("archive").failing("put failed: <refused>");

    String html = host(SampleHost.full(), SampleHost.node(telemetry));

    assertThat(html)
        .contains("<strong>Archive failing</strong>")
        .contains("put failed: &lt;refused&gt;")
        .contains("tone-bad\">failing<");
  }

  @Test
  void nothingIsSaidWhereNothingFails() {
    assertThat(host(SampleHost.full(), SampleHost.node())).doesNotContain("class=\"alert\"");
  }

  @Test
  void anotherNodeSaysWhoItIs() {
    HostView other = SampleHost.live(SampleHost.row(new HostName("db-1")).build());

    assertThat(host(other, SampleHost.node())).contains("served by web-1");
    assertThat(host(SampleHost.full(), SampleHost.node())).doesNotContain(">served by web-1");
  }

  @Test
  void thePagesNeedNothingThatTheContentSecurityPolicyForbids() {
    List<String> all =
        List.of(
            host(SampleHost.full(), SampleHost.node()),
            fleet(SampleHost.full()),
            text(pages.error(ErrorPage.unknownPage("/nowhere", SampleHost.node(), assets))));

    assertThat(all)
        .allSatisfy(html ->
            assertThat(html)
                .doesNotContainPattern(
                    Pattern.compile("\\sstyle=|\\son[a-z]+=\"|javascript:|https?://"))
                .doesNotContainPattern(Pattern.compile("<script(?![^>]*\\ssrc=)")));
  }

  @Test
  void theFleetPageHasALineAHostAndTheTotals() {
    String html = fleet(SampleHost.full());

    assertThat(html)
        .contains("data-host=\"web-1\"")
        .contains("href=\"/hosts/web-1\"")
        .contains("<b>1</b> <span>host</span>")
        .contains("<span>1 live</span>")
        .contains("<dd>9.0\u00a0GiB of 16.0\u00a0GiB</dd>")
        .contains("id=\"chart-cpu\"");
  }

  @Test
  void theTotalsAreThoseOfTheLiveHosts() {
    Row busy = SampleHost.row(new HostName("web-2")).set(Metric.CPU_UTILIZATION, 0.93).build();
    HostView gone =
        new HostView(
            SampleHost.status("web-3", State.ENDED, "scale_in", NOON - 180, Optional.of(busy)));

    String html = fleet(SampleHost.full(), SampleHost.live(busy), gone);

    assertThat(html)
        .contains("<b>3</b> <span>hosts</span>", "<span>2 live</span>", "<span>1 ended</span>")
        .contains("<dd>18.0\u00a0GiB of 32.0\u00a0GiB</dd>")
        .contains("<dd>70\u00a0%</dd>")
        .contains("<dd>4</dd>")
        .contains("ended 3\u00a0min ago")
        .contains("scale_in")
        .contains("2 live, 1 ended");
    assertThat(html).doesNotContainPattern("[> ]down[ <]");
  }

  @Test
  void whoNeedsALookComesFirstAndWhoIsGoneLast() {
    List<HostView> hosts =
        Arrays.stream(State.values())
            .map(state ->
                new HostView(
                    SampleHost.status(
                        "web-" + state.text(), state, "", NOON, SampleHost.full().newest())))
            .toList();

    String html = fleet(hosts.toArray(HostView[]::new));

    assertThat(Pattern.compile("data-host=\"web-(\\w+)\"").matcher(html).results())
        .extracting(match -> match.group(1))
        .containsExactly("lost", "unreachable", "unknown", "stale", "live", "ended");
  }

  @Test
  void thePageHasACellForEveryHostAndALineForTheFirst() {
    List<HostView> hosts =
        IntStream.range(0, 120)
            .mapToObj(
                i -> SampleHost.live(SampleHost.row(new HostName("web-" + (1000 + i))).build()))
            .toList();

    String html = fleet(hosts.toArray(HostView[]::new));

    assertThat(html.split("class=\"cpu2\" href=\"/hosts/web-", -1)).hasSize(121);
    assertThat(html.split("<tr role=\"row\" data-host=\"", -1)).hasSize(FleetPage.LINES + 1);
    assertThat(html).contains("These are the first 50");
  }

  @Test
  void hostileWordsOfOthersAreShownAsText() {
    Machine machine =
        new Machine(
            HOSTILE,
            Optional.of(HOSTILE),
            Optional.of(HOSTILE),
            Optional.of(HOSTILE),
            Optional.of(HOSTILE),
            HOSTILE,
            1);
    HostStatus known =
        SampleHost.status("web-1", State.UNREACHABLE, HOSTILE, NOON, SampleHost.full().newest());
    HostStatus hostile =
        new HostStatus(
            known.host(),
            known.state(),
            known.reason(),
            known.since(),
            Optional.of(machine),
            List.of(),
            known.latest());

    String fleet =
        fleet(new FleetView(NOON, new HostName("web-1"), List.of(hostile), Optional.of(HOSTILE)));
    String host = host(new HostView(hostile), SampleHost.node());

    for (String html : List.of(fleet, host)) {
      assertThat(html)
          .contains("&lt;script&gt;alert")
          .doesNotContain("<script>alert")
          .doesNotContainPattern("=\"[^\"]*'x'\\)</script>");
    }
  }

  @Test
  void troubleWithTheListIsSaidAboveIt() {
    FleetView whole =
        new FleetView(
            NOON, new HostName("web-1"), List.of(SampleHost.full().status()), Optional.empty());
    FleetView doubtful =
        new FleetView(
            NOON,
            new HostName("web-1"),
            List.of(SampleHost.full().status()),
            Optional.of("the records cannot be read"));

    assertThat(fleet(whole)).containsPattern("id=\"trouble\"[^>]* hidden");
    assertThat(fleet(doubtful))
        .contains("<span>the records cannot be read</span>")
        .doesNotContainPattern("id=\"trouble\"[^>]* hidden");
  }

  @Test
  void aHostThatIsGoneIsShownAtItsLastSecond() {
    HostStatus gone =
        SampleHost.status(
            "web-1", State.ENDED, "spot_interruption", NOON + 1, SampleHost.full().newest());

    String html = host(new HostView(gone), SampleHost.node());

    assertThat(html)
        .contains("state-ended", "ended 0\u00a0s ago: spot_interruption")
        .contains("data-state=\"ended\" data-since=\"" + (NOON + 1) + "\"")
        .contains("At its last second,", "<time datetime=\"2026-11-24T12:00:00Z\">")
        .contains("<b>47</b>", "java");
  }

  @Test
  void anUnknownHostIsNotAnsweredWithOurOwnNumbers() {
    String html = text(pages.error(ErrorPage.unknownHost("<db>", SampleHost.node(), assets)));

    assertThat(html)
        .contains("This node is web-1 and knows nothing of &lt;db&gt;.")
        .doesNotContain("data-tile");
  }

  private String host(HostView host, NodeView node) {
    return text(pages.host(HostPage.of(host, node, assets)));
  }

  private String fleet(HostView... hosts) {
    List<HostStatus> all = Arrays.stream(hosts).map(HostView::status).toList();
    return fleet(new FleetView(SampleHost.NOON + 1, new HostName("web-1"), all, Optional.empty()));
  }

  private String fleet(FleetView view) {
    return text(pages.fleet(FleetPage.of(view, SampleHost.node(), assets)));
  }

  private static String text(byte[] html) {
    return new String(html, StandardCharsets.UTF_8);
  }

  private static String tile(String html, String id) {
    int from = html.indexOf("data-tile=\"" + id + "\"");
    assertThat(from).as("tile " + id).isNotNegative();
    return html.substring(html.lastIndexOf('<', from), html.indexOf("</div>", from));
  }
}
