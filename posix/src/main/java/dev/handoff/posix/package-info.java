/**
 * System calls the JDK does not offer, through the Foreign Function and Memory API, for Linux on x86-64 and aarch64.
 *
 * <p>
 * One convention throughout: a call returns a value {@code >= 0}, or the negative {@link dev.handoff.posix.Errno}. A
 * failing system call is never an exception; {@code EINTR} is returned like any other unless a method says that it
 * retries. A descriptor is a plain {@code int}, made close-on-exec by every call that creates one, and closed by whoever
 * asked for it. The calls of a loop (send, receive, poll, epoll, eventfd, SIOCOUTQ) allocate nothing.
 */
package dev.handoff.posix;
