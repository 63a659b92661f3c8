/** The bytes of a journal record: what the journal, the replay tool and the benches agree on. */
package dev.handoff.codec.record;
