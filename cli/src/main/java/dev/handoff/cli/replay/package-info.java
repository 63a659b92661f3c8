/**
 * {@code handoff replay}: post-mortems on a journal, one class for each subcommand, listed in
 * {@link dev.handoff.cli.replay.ReplayCommand}. They only read, and share these conventions:
 *
 * <ul>
 * <li>{@code --journal DIR} and what is said where that is none: {@link dev.handoff.cli.replay.JournalOption}.</li>
 * <li>Results go to stdout, complaints to stderr, behind the command's name. Damage never hides what is readable.</li>
 * <li>{@code --json} gives one object a line, in snake_case. Times are UTC text with nine decimals, durations are whole
 * nanoseconds under a name that ends in {@code _ns}, ids and builds are text, and what is not there is null, not missing.</li>
 * <li>Exit codes: 0 sound, 1 the journal is damaged or what was asked for is not in it, 2 wrong usage, 3 unreadable.</li>
 * </ul>
 */
package dev.handoff.cli.replay;
