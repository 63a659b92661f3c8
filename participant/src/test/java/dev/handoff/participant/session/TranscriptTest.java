package dev.handoff.participant.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Golden transcripts, text in and text out. A line that begins with {@code @} is told to the session: a time in ms, then
 * {@code <} with a message that arrives, or a word of {@link Script}. What is indented below it is what the session did.
 */
class TranscriptTest {

    static Stream<String> transcripts() throws IOException {
        try (Stream<Path> files = Files.list(Golden.TRANSCRIPTS)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.startsWith("table-"))
                    .sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void readsAsKept(String name) throws IOException {
        Path file = Golden.TRANSCRIPTS.resolve(name);
        Golden.check(file, played(Files.readAllLines(file), Integer.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void readsTheSameWhenEachByteArrivesAlone(String name) throws IOException {
        Path file = Golden.TRANSCRIPTS.resolve(name);
        assertEquals(Files.readString(file), played(Files.readAllLines(file), 1));
    }

    private static String played(List<String> lines, int pieceBytes) {
        StringBuilder text = new StringBuilder();
        Player player = null;
        for (String line : lines) {
            if (line.startsWith("    ")) {
                continue;
            }
            text.append(line).append('\n');
            if (line.startsWith("incumbent") || line.startsWith("successor")) {
                SessionTerms terms = line.endsWith("with heartbeats") ? Script.HEARTBEATS : Script.PLAIN;
                player = line.startsWith("incumbent")
                        ? new IncumbentPlayer(new IncumbentSession(terms))
                        : new SuccessorPlayer(new SuccessorSession(terms));
            } else if (line.startsWith("@")) {
                int space = line.indexOf(' ');
                text.append(player.play(Long.parseLong(line.substring(1, space)), line.substring(space + 1),
                        pieceBytes));
            }
        }
        return text.toString();
    }

    private interface Player {
        String play(long nowMs, String told, int pieceBytes);
    }

    private record IncumbentPlayer(IncumbentSession session) implements Player {
        @Override
        public String play(long nowMs, String told, int pieceBytes) {
            StringBuilder text = new StringBuilder();
            if (told.startsWith("< ")) {
                byte[] frame = Script.frame(Script.message(told.substring(2)));
                for (int i = 0; i < frame.length; i += pieceBytes) {
                    int length = Math.min(pieceBytes, frame.length - i);
                    session.received(ByteBuffer.wrap(frame, i, length), nowMs)
                            .forEach(action -> text.append("    ").append(Script.named(action)).append('\n'));
                }
            } else {
                List<IncumbentAction> actions = told.equals("time")
                        ? session.timePassed(nowMs)
                        : session.happened(Script.INCUMBENT_INPUTS.get(told), nowMs);
                actions.forEach(action -> text.append("    ").append(Script.named(action)).append('\n'));
            }
            text.append(Script.written(session.outgoing()));
            session.wrote(session.outgoing().remaining(), nowMs);
            return text + "    = " + session.state().getClass().getSimpleName() + due(session.dueAtMs()) + "\n";
        }
    }

    private record SuccessorPlayer(SuccessorSession session) implements Player {
        @Override
        public String play(long nowMs, String told, int pieceBytes) {
            StringBuilder text = new StringBuilder();
            if (told.startsWith("< ")) {
                byte[] frame = Script.frame(Script.message(told.substring(2)));
                for (int i = 0; i < frame.length; i += pieceBytes) {
                    int length = Math.min(pieceBytes, frame.length - i);
                    session.received(ByteBuffer.wrap(frame, i, length), nowMs)
                            .forEach(action -> text.append("    ").append(Script.named(action)).append('\n'));
                }
            } else {
                List<SuccessorAction> actions = told.equals("time")
                        ? session.timePassed(nowMs)
                        : session.happened(Script.SUCCESSOR_INPUTS.get(told), nowMs);
                actions.forEach(action -> text.append("    ").append(Script.named(action)).append('\n'));
            }
            text.append(Script.written(session.outgoing()));
            session.wrote(session.outgoing().remaining(), nowMs)
                    .forEach(action -> text.append("    ").append(Script.named(action)).append('\n'));
            return text + "    = " + session.state().getClass().getSimpleName() + due(session.dueAtMs()) + "\n";
        }
    }

    private static String due(long dueAtMs) {
        return dueAtMs == SessionTimes.NEVER ? "" : ", due at " + dueAtMs;
    }
}
