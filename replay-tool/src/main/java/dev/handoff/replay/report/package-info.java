/**
 * The HTML report: one file that shows what happened, works offline, and is safe to attach to a ticket. Java gathers the data, the page's
 * own script draws it.
 */
package dev.handoff.replay.report;
