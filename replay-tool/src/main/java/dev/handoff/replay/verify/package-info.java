/**
 * Judges a journal: whether everything in it can have happened. {@link dev.handoff.replay.verify.Verification} reads it once and
 * gives a {@link dev.handoff.replay.verify.Verdict}.
 *
 * <p>
 * Three independent looks at each record: the order of a coordinator's turns ({@code Beginning}, {@code DueRecords}: what the
 * production core ordered must follow, and nothing else of its kind may), the world that the records tell of ({@code Sessions},
 * {@code Children}, {@code Timers}, {@code Orders}: nobody speaks on a closed session, no dead process dies, no timer fires that was
 * not armed), and the protocol's own rules, which know nothing of the core ({@code HandoffRules}, {@code Writers}).
 */
package dev.handoff.replay.verify;
