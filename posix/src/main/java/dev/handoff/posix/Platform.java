package dev.handoff.posix;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether this machine is one that the module's calls were written for; to be asked before any of them. Any thread. */
public final class Platform {

    /** What is needed: pidfd_open and the rest of the calls since 5.10, addclosefrom_np since glibc 2.34. */
    static final String REQUIREMENT = "handoff needs Linux 5.10 or newer on x86-64 or aarch64 with glibc 2.34 or newer";

    private static final Pattern MAJOR_MINOR = Pattern.compile("(\\d+)\\.(\\d+)");

    /** The answer of {@link #check}. */
    public sealed interface Outcome {

        /** All calls can be used. */
        record Supported() implements Outcome {}

        /** None should be used; {@code reason} is a sentence for people that says what is there and what is needed. */
        record Unsupported(String reason) implements Outcome {}
    }

    private Platform() {}

    /** Looks at operating system, architecture, kernel and C library. */
    public static Outcome check() {
        String os = System.getProperty("os.name");
        return check(os, System.getProperty("os.arch"), System.getProperty("os.version"),
                os.equals("Linux") ? glibcVersion() : Optional.empty());
    }

    static Outcome check(String os, String arch, String kernel, Optional<String> glibc) {
        if (!os.equals("Linux")) {
            return unsupported("this is " + os);
        }
        String normalised = arch.toLowerCase(Locale.ROOT);
        if (!normalised.equals("amd64") && !normalised.equals("aarch64")) {
            return unsupported("the architecture is " + arch);
        }
        if (!atLeast(kernel, 5, 10)) {
            return unsupported("the kernel is " + kernel);
        }
        if (glibc.isEmpty()) {
            return unsupported("the C library is not glibc");
        }
        if (!atLeast(glibc.get(), 2, 34)) {
            return unsupported("the C library is glibc " + glibc.get());
        }
        return new Outcome.Supported();
    }

    private static Outcome unsupported(String found) {
        return new Outcome.Unsupported(REQUIREMENT + "; " + found);
    }

    private static boolean atLeast(String version, int major, int minor) {
        Matcher numbers = MAJOR_MINOR.matcher(version);
        if (!numbers.lookingAt()) {
            return false;
        }
        int foundMajor = Integer.parseInt(numbers.group(1));
        int foundMinor = Integer.parseInt(numbers.group(2));
        return foundMajor > major || (foundMajor == major && foundMinor >= minor);
    }

    /** glibc's own answer; empty where the function is missing, as on musl. */
    // Native access: the function takes nothing and returns a constant C string.
    @SuppressWarnings("restricted")
    private static Optional<String> glibcVersion() {
        return Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").map(symbol -> MemorySegment
                .ofAddress(Libc.addressFrom(symbol)).reinterpret(32).getString(0, StandardCharsets.US_ASCII));
    }
}
