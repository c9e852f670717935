package dev.fleetdash.siege;

import java.util.List;

/** All attacks, by what the node stands on. */
final class Attacks {
  private Attacks() {}

  /**
   * Those that are tried in that setting, in this order.
   *
   * @param foreign how many foreign objects lie in an hour
   */
  static List<Attack> in(Setting setting, int foreign) {
    return switch (setting) {
      case UP ->
          List.of(
              Questions.ofUnknownHosts(),
              Questions.ofEverything(),
              Questions.ofTheFleetsPage(),
              Questions.ofPermutations(),
              Connections.halfOpen(),
              Connections.halfBodies(),
              Connections.deafStreams(),
              Connections.deafPipelines(),
              Connections.deafCharts(),
              Connections.slowReaders(),
              Connections.strangersOnScreen(),
              Connections.hangUps(),
              Connections.pipelinedStreams(),
              Connections.forgedMembers(),
              new BadPeers(),
              new BadObjects(0),
              new BadObjects(foreign),
              Together.ofAllThatTakesMemory());
      case AWAY ->
          List.of(
              Questions.ofTheFleetsPage(), Questions.ofUnknownHosts(), Questions.ofEverything());
      case SLOW ->
          List.of(Questions.ofTheFleetsPage(), Questions.ofUnknownHosts(), Connections.hangUps());
      case CROWDED -> List.of(Together.ofAllThatTakesMemory());
      case POOR -> List.of(Connections.tooMany());
    };
  }

  /** Those that every build tries; the others are for {@code make siege}. */
  static List<Attack> ofEveryBuild(Setting setting) {
    return switch (setting) {
      case UP -> upInEveryBuild();
      case AWAY, SLOW -> List.of(Questions.ofTheFleetsPage(), Questions.ofUnknownHosts());
      case CROWDED -> in(setting, 0);
      case POOR -> List.of(Connections.tooMany());
    };
  }

  private static List<Attack> upInEveryBuild() {
    return List.of(
        Questions.ofUnknownHosts(),
        Questions.ofEverything(),
        Questions.ofPermutations(),
        Connections.halfBodies(),
        Connections.deafStreams(),
        Connections.deafCharts(),
        Connections.strangersOnScreen(),
        Connections.hangUps(),
        Connections.pipelinedStreams(),
        Connections.forgedMembers(),
        new BadPeers(),
        new BadObjects(0));
  }
}
