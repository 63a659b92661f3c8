/** A durable sharded key-value daemon that speaks the Redis protocol and can be handed off. */
package dev.handoff.examples.kv;
