package dev.handoff.coordinator.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;

/**
 * What a keeper and its spare say to each other, over a stream socket that the spare inherits. A spare is a coordinator that was
 * started in advance and waits for the death of the one that runs.
 *
 * <pre>
 *  spare  → keeper   a byte: it is warm and reads
 *  keeper → spare    for each parked descriptor its name, and the descriptor beside it; then an empty line: go on
 * </pre>
 *
 * The end of the stream says that the spare is not needed.
 */
public final class SpareChannel {

    /** Names the spare's end. */
    public static final String VARIABLE = "HANDOFF_SPARE_FD";

    private static final byte[] WARM = {'w'};
    private static final String GO = "\n";
    private static final int MAX_NAME_BYTES = 1024;

    private SpareChannel() {}

    /** What came of waiting. */
    public sealed interface Outcome {}

    /** Go on, with these descriptors, all close-on-exec, this process's now. */
    public record GoOn(List<Parked> parked) implements Outcome {
        public GoOn {
            parked = List.copyOf(parked);
        }
    }

    /** The keeper has no use for this process, or is gone. */
    public record NotNeeded() implements Outcome {}

    /** A descriptor did not come. */
    public record Failed(String reason) implements Outcome {}

    /** The channel of this process, where it was started as a spare. */
    public static OptionalInt ofEnvironment(Map<String, String> environment) {
        String fd = environment.getOrDefault(VARIABLE, "");
        return fd.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(fd)) : OptionalInt.empty();
    }

    /** Says that this process is warm, and waits, without limit, until it is to go on. Closes the channel. */
    public static Outcome await(int channel) {
        int closing = Descriptors.setCloseOnExec(channel, true);
        if (closing < 0) {
            return new Failed(VARIABLE + " names descriptor " + channel + ": " + Errno.message(closing));
        }
        List<Parked> parked = new ArrayList<>();
        Outcome outcome = Sockets.sendDescriptors(channel, WARM) < 0 ? new NotNeeded() : receive(channel, parked);
        Descriptors.close(channel);
        if (!(outcome instanceof GoOn)) {
            parked.forEach(one -> Descriptors.close(one.fd()));
        }
        return outcome;
    }

    private static Outcome receive(int channel, List<Parked> parked) {
        int[] fds = new int[1];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(MAX_NAME_BYTES);
            while (true) {
                Sockets.Received received = Sockets.receiveDescriptors(channel, buffer, fds);
                if (received.length() == -Errno.EINTR) {
                    continue;
                }
                if (received.length() <= 0) {
                    return new NotNeeded();
                }
                String text = new String(buffer.asSlice(0, received.length()).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.UTF_8);
                if (received.count() == 1) {
                    parked.add(new Parked(text, fds[0]));
                } else if (text.equals(GO)) {
                    return new GoOn(parked);
                } else {
                    return new Failed("the descriptor " + text
                            + " did not come from the keeper: is the limit of open files (ulimit -n) reached?");
                }
            }
        }
    }

    /** Keeper: whether the spare has said that it is warm; takes that out. Does not wait. */
    public static boolean takeWarm(int channel) {
        try (Arena arena = Arena.ofConfined()) {
            return Sockets.recv(channel, arena.allocate(1), 0, 1, Sockets.MSG_DONTWAIT) == WARM.length;
        }
    }

    /**
     * Keeper: hands the descriptors over, which stay this process's too, and has the spare go on. Waits for its reading at most as
     * long as the channel's send timeout allows.
     *
     * @param names of the descriptors, in their order
     * @return 0 or the negative errno; the spare is of no use then
     */
    public static int go(int channel, List<String> names, List<Integer> fds) {
        for (int i = 0; i < fds.size(); i++) {
            int sent = Sockets.sendDescriptors(channel, names.get(i).getBytes(StandardCharsets.UTF_8), fds.get(i));
            if (sent < 0) {
                return sent;
            }
        }
        return Math.min(0, Sockets.sendDescriptors(channel, GO.getBytes(StandardCharsets.UTF_8)));
    }
}
