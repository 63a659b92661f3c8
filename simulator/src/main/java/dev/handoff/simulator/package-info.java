/**
 * The production core, loop and recovery, our participants' sessions and stock ones, in a simulated world: a clock, sockets,
 * processes, a lock, a descriptor store and disks, all driven by one seed. One run is one thread; no clock, thread or random
 * source of the machine is looked at, so the same seed gives the same run, byte for byte.
 *
 * <p>
 * {@link dev.handoff.simulator.Simulation} is the way in. A {@link dev.handoff.simulator.World} holds one machine, its
 * {@link dev.handoff.simulator.Safety} judges every event, and {@link dev.handoff.simulator.Mutant}s are what it must catch.
 */
package dev.handoff.simulator;
