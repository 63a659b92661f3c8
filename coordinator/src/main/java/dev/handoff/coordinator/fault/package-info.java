/**
 * Killing or stopping a process at any step, for the demo and the crash matrix: the names of the steps, the file that says
 * what to do at which, and the decorator that does it. A coordinator that was not told of such a file has nothing of this in
 * its way.
 */
package dev.handoff.coordinator.fault;
