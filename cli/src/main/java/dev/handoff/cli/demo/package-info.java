/**
 * {@code handoff demo}: a real coordinator, a real daemon, clients that check every reply, swaps under that load, and at the
 * end the journal read back.
 */
package dev.handoff.cli.demo;
