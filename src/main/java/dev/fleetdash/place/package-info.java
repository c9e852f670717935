/** Where this host is: its name, and on EC2 the instance, its zone and its type. */
@NullMarked
package dev.fleetdash.place;

import org.jspecify.annotations.NullMarked;
