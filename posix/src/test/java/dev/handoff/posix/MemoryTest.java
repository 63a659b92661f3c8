package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {

    private static final long BYTES = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void populatesASharedMappingOfASparseFile() throws IOException {
        Path file = directory.resolve("sparse");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE); Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena);
            assertEquals(0, Memory.madvisePopulateWrite(mapped.address(), BYTES));
            mapped.force();
        }
        assertEquals(BYTES, Files.size(file));
    }

    @Test
    void aMappingBeyondTheEndOfItsFileIsAnErrorAndNotASignal() throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve("short"), StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ, StandardOpenOption.WRITE); Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena);
            channel.truncate(0);
            assertEquals(-Errno.EFAULT, Memory.madvisePopulateWrite(mapped.address(), BYTES));
        }
    }

    @Test
    void anAddressThatIsNotMappedIsSaid() {
        assertEquals(-Errno.ENOMEM, Memory.madvisePopulateWrite(4096, 4096));
    }
}
