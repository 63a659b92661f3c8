package dev.handoff.coordinator.keeper;

import dev.handoff.coordinator.store.SpareChannel;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.UnixSockets;

/** A coordinator that was started in advance: once warm, it can go on at once where another has died. Keeper's thread. */
final class Spare {

    /** A spare that does not read what it is handed is of no use. */
    private static final int SEND_MS = 1_000;

    /** What came of a start. */
    sealed interface Outcome {}

    record Started(Spare spare) implements Outcome {}

    record NotStarted(String why) implements Outcome {}

    private final int pid;
    private final int channel;
    private boolean warm;

    private Spare(int pid, int channel) {
        this.pid = pid;
        this.channel = channel;
    }

    static Outcome start(CommandLine command, String notifySocket, int limit, int keeperPid) {
        long pair = UnixSockets.socketPair();
        if (pair < 0) {
            return new NotStarted(Errno.message((int) pair));
        }
        int ours = Descriptors.low(pair);
        int theirs = Descriptors.high(pair);
        Sockets.setSendTimeoutMs(ours, SEND_MS);
        Spawn.Outcome outcome = Spawn.spawn(command.planSpare(notifySocket, limit, keeperPid, theirs));
        Descriptors.close(theirs);
        return switch (outcome) {
            case Spawn.Spawned spawned -> new Started(new Spare(spawned.pid(), ours));
            case Spawn.SpawnFailed failed -> {
                Descriptors.close(ours);
                yield new NotStarted(failed.what());
            }
        };
    }

    int pid() {
        return pid;
    }

    /** Readable when it is warm, or gone. */
    int channel() {
        return channel;
    }

    boolean isWarm() {
        return warm;
    }

    /** Whether it has just become warm. */
    boolean becomesWarm() {
        if (warm) {
            return false;
        }
        warm = SpareChannel.takeWarm(channel);
        return warm;
    }

    /** Has it go on with what is parked; false where it is not warm or does not take it, and is to be dismissed. Ends the channel. */
    boolean goOn(ParkedDescriptors parked) {
        boolean goes = (warm || becomesWarm())
                && SpareChannel.go(channel, parked.nameList(), parked.descriptors()) == 0;
        if (goes) {
            Descriptors.close(channel);
        }
        return goes;
    }

    /** It is a child that has ended by itself. */
    void forget() {
        Descriptors.close(channel);
    }

    /** Ends it, at once; it is to be reaped. */
    void dismiss() {
        Descriptors.close(channel);
        int _ = Processes.kill(pid, Signals.SIGKILL);
    }
}
