/**
 * The loop's turn, apart from the machine it runs on: append, consume, step, run effects, for one input after the other.
 *
 * <p>
 * {@link dev.handoff.coordinator.loop.LoopAgent} sees the world through five interfaces: {@link EventLog}, {@link Wire},
 * {@link Timers}, {@link Effects}, {@link EpochClock}. The {@code shell} puts sockets, threads and processes behind them, the
 * simulator a world of its own; both run the same turns. Nothing here starts a thread or makes a system call.
 */
package dev.handoff.coordinator.loop;
