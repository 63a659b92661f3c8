/**
 * The coordinator's own events for Java Flight Recorder: each append, each effect, each phase of a handoff. They wrap the loop's log and
 * effects, and cost one look at a field while nothing is recorded.
 */
package dev.handoff.coordinator.flight;
