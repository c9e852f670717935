package dev.fleetdash.web;

/** The pages for people, in UTF-8. */
interface Site {
  byte[] error(Problem problem);
}
