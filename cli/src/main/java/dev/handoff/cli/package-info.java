/**
 * The handoff command: {@link dev.handoff.cli.HandoffCommand} and one class for each subcommand. Results go to stdout,
 * logs and complaints to stderr; {@link dev.handoff.cli.ExitCode} lists what a caller can rely on.
 */
package dev.handoff.cli;
