package dev.handoff.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;

import dev.handoff.cli.ExitCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Options that fit nothing are refused before anything is started. */
class DemoOptionsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--at every                              | --at and --away need --kill: whom?",
        "--away 4                                | --at and --away need --kill: whom?",
        "--kill everybody                        | --kill takes coordinator, incumbent or successor, not everybody",
        "--kill coordinator --at SealRequest     | --at takes a step, such as MessageSending.SealRequest.after",
        "--kill successor --at anytime           | --at anytime is for the coordinator only",
        "--kill coordinator --at every --swaps 3 | --at every says how many swaps",
        "--kill coordinator --away -1            | --away must be 0 to",
        "--seal 16                               | --seal must be 0 to 15, not 16",
        "--swaps 0                               | --swaps must be 1 to 10000, not 0"})
    void refuses(String options, String why) {
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new DemoCommand()).setErr(new PrintWriter(err, true));
        int code = command.execute(options.split(" "));
        assertEquals(ExitCode.USAGE, code);
        assertTrue(err.toString().contains(why), err.toString());
    }
}
