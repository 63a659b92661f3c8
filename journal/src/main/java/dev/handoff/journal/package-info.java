/** The append-only event journal, on Chronicle Queue and in memory. */
package dev.handoff.journal;
