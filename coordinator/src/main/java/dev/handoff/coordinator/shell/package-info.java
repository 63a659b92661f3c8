/**
 * Everything around the pure core and the loop's turn: the ring and its loop thread, sockets, processes, timers, the trigger socket.
 *
 * <p>
 * {@link dev.handoff.coordinator.loop.LoopAgent} owns all state and every session's descriptor, and keeps the order: append,
 * consume, step, run effects. Every other thread only brings it {@link dev.handoff.coordinator.shell.Input}s.
 */
package dev.handoff.coordinator.shell;
