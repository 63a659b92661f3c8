/** The supervisor: pure core and I/O shell. */
package dev.handoff.coordinator;
