/**
 * What the journal records: {@link dev.handoff.codec.event.Event}, a fact in the past tense, and its bytes
 * ({@link dev.handoff.codec.event.EventCodec}). The coordinator's core steps on these, and replaying them is recovery.
 */
package dev.handoff.codec.event;
