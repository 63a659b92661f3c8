/** Tests with real processes, sockets and signals. */
package dev.handoff.systemtest;
