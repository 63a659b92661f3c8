/**
 * One text format for events, effects and states ({@link dev.handoff.coordinator.transcript.Transcript}), shared by the golden
 * transcripts, the replay tool and the simulator's traces. Outside the core, which knows nothing of how it is shown.
 */
package dev.handoff.coordinator.transcript;
