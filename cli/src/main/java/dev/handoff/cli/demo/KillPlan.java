package dev.handoff.cli.demo;

import dev.handoff.coordinator.fault.Fault.Victim;

/**
 * Whom the demo kills and when.
 *
 * @param swaps       how many swaps are disturbed; unused where {@code at} says it
 * @param awaySeconds how long nobody coordinates after a kill of the coordinator
 */
record KillPlan(Victim victim, At at, int swaps, int awaySeconds) {}
