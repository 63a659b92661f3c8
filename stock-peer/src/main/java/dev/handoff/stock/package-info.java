/** Incumbent, successor and supervisor that behave like the Rust version 1, to test against. */
package dev.handoff.stock;
