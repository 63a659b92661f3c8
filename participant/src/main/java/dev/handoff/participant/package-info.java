/** What a daemon links to take part in a handoff. */
package dev.handoff.participant;
