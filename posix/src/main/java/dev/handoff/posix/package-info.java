/** System calls the JDK does not offer, through the Foreign Function and Memory API. */
package dev.handoff.posix;
