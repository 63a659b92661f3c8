/** The 14 control messages, their frames, and the journal event records. */
package dev.handoff.codec;
