package dev.fleetdash;

import java.util.stream.Collectors;

/** What {@code --help} says. */
final class Help {
  private Help() {}

  static String text() {
    return """
    Samples this host every second, shows it in a browser, and keeps the rows in a directory or an S3 bucket.

    usage: java -jar fleetdash.jar [--check-config | --compact [DAYS] | --help | --verify [DAYS] | --version | --viewer]

      without an argument  run until SIGTERM
      --check-config       print the configuration that holds, secrets masked
      --compact            finish compaction for all hosts of the archive, from anywhere;
                           with DAYS those days alone, and once more what was closed already
      --help               print this
      --verify             audit the archive: what is wrong with it, and how complete it is; changes nothing
      --version            print version, commit and platform
      --viewer             show the dashboard over an archive as of its newest row; samples and writes nothing

      DAYS are [--from T] [--to T] [--host H]: whole days in UTC that T lies in, the last one ending before
      or with --to. T is 2026-11-23, 2026-11-23T10:00:00Z, epoch seconds, or -7d. For example
        --verify --from -7d --host web-1

    variables (an empty one counts as not set; AWS_* are the AWS SDK's own):
    """
        + Settings.ALL.stream().map(Help::line).collect(Collectors.joining())
        + """

        durations are 1s, 5m, 2h, 40d, 2y (of 365 days); sizes 512MiB, 1GB or plain bytes

        exit codes: 0 done, 1 failed or something is wrong, 2 configuration or usage
        """;
  }

  private static String line(Setting<?> setting) {
    return "  %-22s %s [%s]\n"
        .formatted(setting.name(), plain(setting.meaning()), plain(setting.byDefault()));
  }

  private static String plain(String markdown) {
    return markdown.replace("`", "");
  }
}
