/**
 * The coordinator's configuration: TOML in, validated immutable records out.
 * {@link dev.handoff.coordinator.config.ConfigFile} reads it; a file that is wrong anywhere is refused as a whole, with
 * every mistake in it named by line and column. Pure but for reading the file: nothing here looks at the machine, so a
 * client on another user's account reads the same file to the same end.
 */
package dev.handoff.coordinator.config;
