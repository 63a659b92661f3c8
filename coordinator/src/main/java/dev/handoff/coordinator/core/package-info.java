/**
 * The coordinator's decisions, as a pure function: {@link dev.handoff.coordinator.core.Core#step} takes the state and an
 * event, and gives the next state and the effects to run. It knows neither time nor I/O; both come in as fields of events.
 * The shell, the replay tool and the simulator all run this code.
 */
package dev.handoff.coordinator.core;
