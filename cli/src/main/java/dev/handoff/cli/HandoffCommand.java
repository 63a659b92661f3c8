package dev.handoff.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

import dev.handoff.cli.demo.DemoCommand;
import dev.handoff.cli.replay.ReplayCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The root of the command line. A subcommand is a class of its own, listed here. */
@Command(name = "handoff", versionProvider = BuildVersion.class, mixinStandardHelpOptions = true, description = "Replaces the binary of a running stateful daemon while its clients notice nothing.", synopsisSubcommandLabel = "COMMAND", subcommands = {
    DemoCommand.class, RunCommand.class, SwapCommand.class, StatusCommand.class, AbortCommand.class,
    ReplayCommand.class,
    FrameCommand.class, SimulateCommand.class, BenchCommand.class}, footer = {
        "", "Results go to stdout, logs to stderr. HANDOFF_LOG=info (or debug) shows more of them.",
        "'handoff COMMAND --help' has examples.", "",
        "Exit codes: 0 done, 2 wrong usage or configuration, 3 no coordinator, 10 rolled back, 11 busy,",
        "12 indeterminate (the coordinator went away in the middle)."})
public final class HandoffCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    public static void main(String[] args) {
        Main.main(args);
    }

    /** The command line with the house's handling of errors; tests execute it in process. */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new HandoffCommand());
        commandLine.setUsageHelpWidth(100);
        commandLine.setParameterExceptionHandler(HandoffCommand::complain);
        commandLine.setExecutionExceptionHandler(HandoffCommand::reportFault);
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a COMMAND is missing");
    }

    /** One line: what is wrong, what may have been meant, where to read on. */
    private static int complain(ParameterException exception, String[] args) {
        CommandLine commandLine = exception.getCommandLine();
        String name = commandLine.getCommandSpec().qualifiedName();
        PrintWriter err = commandLine.getErr();
        err.println(
                name + ": " + firstLine(exception) + suggestion(exception) + " ('" + name + " --help' shows usage)");
        return ExitCode.USAGE;
    }

    private static String firstLine(ParameterException exception) {
        if (exception instanceof UnmatchedArgumentException unmatched) {
            String argument = unmatched.getUnmatched().getFirst();
            boolean wantsCommand = !(exception.getCommandLine().getCommand() instanceof Callable<?>);
            return (unmatched.isUnknownOption() ? "unknown option " : wantsCommand ? "unknown command " : "unexpected ")
                    + "'" + argument + "'";
        }
        String message = exception.getMessage();
        return message == null ? "wrong usage" : message.lines().findFirst().orElse("wrong usage");
    }

    private static String suggestion(ParameterException exception) {
        if (exception instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                return "; did you mean " + String.join(" or ", suggestions) + "?";
            }
        }
        return "";
    }

    private static int reportFault(Exception exception, CommandLine commandLine, CommandLine.ParseResult parsed) {
        return Main.reportFault(commandLine.getCommandSpec().qualifiedName(), exception, commandLine.getErr());
    }
}
