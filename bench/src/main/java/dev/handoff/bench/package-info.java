/** Benchmarks. */
package dev.handoff.bench;
