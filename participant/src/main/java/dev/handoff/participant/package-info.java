/**
 * What a daemon links to take part in a handoff, and the whole of what it sees: typed stages that follow the protocol.
 *
 * <pre>
 *  Participant.start(config) ─┬─ ColdStart ──────── takeLock() ─────────────────┐
 *                             └─ SuccessorStart ─── handshake() → AwaitingBegin ─ begin() ─┴─► Taken
 *
 *  Taken: the lock is held; open the data directory, then
 *         ready(listeningOn, revisions) → IncumbentStage: accept connections, then
 *         serve(drainable) blocks until this process's time is over → Served.exitCode()
 * </pre>
 *
 * Established connections go from {@link dev.handoff.participant.DrainReport#carried} of the one generation to
 * {@link dev.handoff.participant.ParticipantConfig#onConnections} of the next, over a socket between the two alone.
 *
 * <p>
 * A stage that cannot go on throws {@link dev.handoff.participant.ParticipantEndedException}: exit with its code. The
 * protocol itself is in {@link dev.handoff.participant.session}, as step functions without I/O, clock or threads.
 */
package dev.handoff.participant;
