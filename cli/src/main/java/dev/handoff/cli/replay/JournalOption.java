package dev.handoff.cli.replay;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.ToIntFunction;

import dev.handoff.cli.ExitCode;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code --journal DIR}, which every replay command has, and what is the same for all of them: opening it, and saying what is wrong
 * with it. A picocli mixin.
 */
final class JournalOption {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--journal", required = true, paramLabel = "DIR", description = "The journal's directory; it is only read.")
    private Path directory;

    Path directory() {
        return directory;
    }

    PrintWriter out() {
        return command.commandLine().getOut();
    }

    /**
     * Runs a command's work on an open journal.
     *
     * @param work gives the exit code
     * @return that, or {@link ExitCode#UNREADABLE} where there is no journal or it cannot be read: stderr says why and what to do
     */
    int read(ToIntFunction<JournalReader> work) {
        return readDirectory(named -> {
            try (JournalReader reader = JournalDirectory.read(named)) {
                return work.applyAsInt(reader);
            }
        });
    }

    /** As {@link #read}, for work that opens the journal itself. */
    int readDirectory(ToIntFunction<Path> work) {
        try {
            int exit = work.applyAsInt(directory);
            out().flush();
            return exit;
        } catch (JournalFailure e) {
            out().flush();
            complain(e.getMessage());
            return ExitCode.UNREADABLE;
        }
    }

    /** One line on stderr, behind the command's name. */
    void complain(String what) {
        command.commandLine().getErr().println(command.qualifiedName() + ": " + what);
    }

    /**
     * Names on stderr everything that is wrong with the journal as a whole.
     *
     * @param notUnderstood records with a right checksum that are none of this release's
     * @return {@link ExitCode#OK} for a sound one, else {@link ExitCode#FAILED}
     */
    int judge(ReplayEnd end, long notUnderstood) {
        if (end instanceof ReplayEnd.Damaged damaged) {
            complain("the journal " + directory + " is damaged:");
            damaged.damages().forEach(damage -> command.commandLine().getErr().println("  " + damage));
        }
        if (notUnderstood > 0) {
            complain(notUnderstood + " records are intact, and yet none of this release's ('dump' shows them as"
                    + " NotUnderstood)");
        }
        return end instanceof ReplayEnd.Intact && notUnderstood == 0 ? ExitCode.OK : ExitCode.FAILED;
    }
}
