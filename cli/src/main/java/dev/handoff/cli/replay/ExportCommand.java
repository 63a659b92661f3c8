package dev.handoff.cli.replay;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.cli.ProgramVersion;
import dev.handoff.replay.ExportFormat;
import dev.handoff.replay.ExportSource;
import dev.handoff.replay.HandoffStory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code handoff replay export}: handoffs in the format of another tool. */
@Command(name = "export", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Writes a handoff in the format of another tool. A file that is there already is overwritten."}, footer = {
        "", "Examples:",
        "  handoff replay export last --journal /var/lib/kv/journal --format html -o report.html",
        "  handoff replay export baba4 1c5ea --journal DIR --format jsonl -o handoffs.jsonl",
        "  handoff replay export last --journal DIR --format mermaid          a diagram for a ticket",
        "  handoff replay export all --journal DIR --format trace -o t.json   opens in https://ui.perfetto.dev", "",
        "Exit codes: 0 written, 1 not found, not written, or the journal is damaged, 2 wrong usage, 3 there is no",
        "journal, or it cannot be read."})
final class ExportCommand implements Callable<Integer> {

    private static final String STDOUT = "-";

    @Spec
    private CommandSpec spec;

    @Mixin
    private JournalOption journal;

    @Parameters(arity = "1..*", paramLabel = "ID", description = {StoryFinder.ID,
        "Formats that can hold several handoffs take several, or 'all'."})
    private List<String> ids;

    @Option(names = "--format", required = true, paramLabel = "FORMAT", converter = FormatByWord.class, description = "One of ${COMPLETION-CANDIDATES}.", completionCandidates = FormatWords.class)
    private ExportFormat format;

    @Option(names = {"-o",
        "--output"}, paramLabel = "FILE", defaultValue = STDOUT, description = "Where to; '-' is stdout, and the default.")
    private String output;

    /** The names of the formats, for the help. */
    static final class FormatWords implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return ExportFormat.words().iterator();
        }
    }

    /** A format by its name on the command line. */
    static final class FormatByWord implements ITypeConverter<ExportFormat> {
        @Override
        public ExportFormat convert(String word) {
            return ExportFormat.of(word).orElseThrow(() -> new TypeConversionException(
                    "'" + word + "' is no format; one of " + String.join(", ", ExportFormat.words())));
        }
    }

    @Override
    public Integer call() {
        if (!format.export().takesSeveral() && (ids.size() > 1 || ids.contains(StoryFinder.ALL))) {
            throw new ParameterException(spec.commandLine(),
                    "a file of format " + format.word() + " holds one handoff: give one ID");
        }
        boolean toStdout = output.equals(STDOUT);
        if (!toStdout && isWithinJournal(Path.of(output))) {
            throw new ParameterException(spec.commandLine(),
                    "'" + output + "' is in the journal's directory, which is only read: name a file elsewhere");
        }
        return journal.read(reader -> {
            StoryFinder finder = new StoryFinder(journal);
            List<HandoffStory> stories = finder.findAll(reader, ids);
            if (stories.isEmpty()) {
                return ExitCode.FAILED;
            }
            ExportSource source = new ExportSource(reader, journal.directory().toString(), ProgramVersion.text(),
                    nowNs(),
                    finder.read());
            boolean written = toStdout ? print(stories, source) : write(stories, source, Path.of(output));
            return written ? finder.judge() : ExitCode.FAILED;
        });
    }

    /** Whoever reads stdout may go away: that is no failure. */
    private boolean print(List<HandoffStory> stories, ExportSource source) {
        try {
            format.export().write(stories, source, journal.out()).forEach(journal::complain);
        } catch (IOException e) {
            return false;
        }
        journal.out().flush();
        return true;
    }

    private boolean write(List<HandoffStory> stories, ExportSource source, Path file) {
        try (Writer out = new BufferedWriter(Files.newBufferedWriter(file))) {
            format.export().write(stories, source, out).forEach(journal::complain);
            return true;
        } catch (IOException e) {
            journal.complain("'" + file + "' cannot be written: " + why(e, file));
            return false;
        }
    }

    private static long nowNs() {
        Instant now = InstantSource.system().instant();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    private static String why(IOException e, Path file) {
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist; create it, or name another one";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission; name another place";
        }
        return Files.isDirectory(file) ? "it is a directory; name a file" : String.valueOf(e.getMessage());
    }

    private boolean isWithinJournal(Path file) {
        try {
            Path there = Files.exists(file) ? file : file.toAbsolutePath().normalize().getParent();
            return there != null && Files.exists(there)
                    && there.toRealPath().startsWith(journal.directory().toRealPath());
        } catch (IOException e) {
            // There is no such journal: reading it will say so.
            return false;
        }
    }
}
