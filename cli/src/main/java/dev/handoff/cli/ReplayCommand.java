package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.replay.JournalDump;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff replay}: post-mortems on a journal. */
@Command(name = "replay", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Shows what happened, from the journal.", synopsisSubcommandLabel = "COMMAND", subcommands = {
    ReplayCommand.Dump.class})
final class ReplayCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a COMMAND is missing");
    }

    /** The records, one a line. */
    @Command(name = "dump", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
        "Prints a journal's records, one a line. It only reads: a live coordinator is not disturbed, a copied",
        "directory will do, and of a damaged one everything readable is shown, with what is lost in its place."}, footer = {
            "", "Examples:", "  handoff replay dump --journal /var/lib/kv/journal",
            "  handoff replay dump --journal DIR --json | jq 'select(.kind == \"HandoffEnded\")'",
            "  handoff replay dump --journal DIR --json | jq 'select(.message.variant == \"SealComplete\")'", "",
            "Exit codes: 0 sound, 1 damaged, 2 wrong usage, 3 there is no journal, or it cannot be read."})
    static final class Dump implements Callable<Integer> {

        /** Looking at the stream for errors flushes it. */
        private static final int LINES_BETWEEN_LOOKS = 1024;

        @Spec
        private CommandSpec spec;

        @Option(names = "--journal", required = true, paramLabel = "DIR", description = "The journal's directory.")
        private Path journal;

        @Option(names = "--json", description = "One JSON object a line.")
        private boolean json;

        private long lines;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            PrintWriter err = spec.commandLine().getErr();
            try (JournalReader reader = JournalDirectory.read(journal)) {
                JournalDump.Printed printed = JournalDump.print(reader,
                        json ? JournalDump.Format.JSON : JournalDump.Format.TEXT, line -> {
                            out.print(line);
                            out.print('\n');
                            lines++;
                            // A reader that has gone away (head, less) needs no more lines.
                            return lines % LINES_BETWEEN_LOOKS != 0 || !out.checkError();
                        });
                out.flush();
                return judge(printed, err);
            } catch (JournalFailure e) {
                out.flush();
                err.println(spec.qualifiedName() + ": " + e.getMessage());
                return ExitCode.UNREADABLE;
            }
        }

        private int judge(JournalDump.Printed printed, PrintWriter err) {
            if (printed.end() instanceof ReplayEnd.Damaged damaged) {
                err.println(spec.qualifiedName() + ": the journal " + journal + " is damaged:");
                damaged.damages().forEach(damage -> err.println("  " + damage));
            }
            if (printed.notUnderstood() > 0) {
                err.println(spec.qualifiedName() + ": " + printed.notUnderstood()
                        + " records are intact, and yet none of this release's (NotUnderstood above)");
            }
            return printed.sound() ? ExitCode.OK : ExitCode.FAILED;
        }
    }
}
