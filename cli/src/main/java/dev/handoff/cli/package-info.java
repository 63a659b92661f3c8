/** The handoff command. */
package dev.handoff.cli;
