/** Post-mortems on the journal, with the production core. */
package dev.handoff.replay;
