/**
 * Test peers that act exactly like the Rust implementation's version 1 (protocol page: <i>When it goes wrong</i>,
 * <i>Timing</i>, and what it says of a stock O, N and S): no extension, no idempotence, every weakness included. None of it
 * may be made better; our own participants are tested against the weaknesses.
 *
 * <p>
 * {@link dev.handoff.stock.StockIncumbentSession} and {@link dev.handoff.stock.StockSuccessorSession} decide, as step
 * functions over bytes and time without I/O; {@link dev.handoff.stock.StockIncumbent} and
 * {@link dev.handoff.stock.StockSuccessor} carry out what they say; {@link dev.handoff.stock.StockDaemon} is a program that
 * takes part with a small durable log, and {@link dev.handoff.stock.StockLauncher} makes it an executable file.
 */
package dev.handoff.stock;
