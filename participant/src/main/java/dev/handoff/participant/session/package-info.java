/**
 * The participant's side of the protocol as step functions over bytes and time: no I/O, no clock, no threads. A daemon drives
 * them with real sockets, the simulator with simulated ones; both run this code.
 *
 * <p>
 * {@link dev.handoff.participant.session.IncumbentProtocol} and
 * {@link dev.handoff.participant.session.SuccessorProtocol} decide, message by message, as pure functions of state, time and
 * input. {@link dev.handoff.participant.session.IncumbentSession} and
 * {@link dev.handoff.participant.session.SuccessorSession} put the bytes around them: frames that arrive in pieces, and
 * output that waits for the socket.
 */
package dev.handoff.participant.session;
