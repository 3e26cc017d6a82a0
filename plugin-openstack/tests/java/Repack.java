import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.MemberSink;
import org.tresccad.vmpackage.MemberSource;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageReader;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.PackageWriter;

/**
 * Reads a package with the server's reader and writes what was in it with the server's writer, for the tests of the
 * reader and writer in Python: java -cp SERVER Repack.java IN OUT DIRECTORY.
 */
public final class Repack {
    private Repack() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[2]);
        try (PackageWorkers workers = PackageWorkers.ofCores();
                InputStream in = Files.newInputStream(Path.of(arguments[0]));
                OutputStream out = Files.newOutputStream(Path.of(arguments[1]))) {
            PackageReader reader = PackageReader.open(in, PackageLimits.STANDARD, workers);
            Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
            Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
            for (Member member : reader.manifest().members()) {
                Path file = directory.resolve(member.fileName());
                sinks.put(member, MemberSink.file(file, MemberSink.Durability.CACHED));
                sources.put(member, MemberSource.file(file));
            }
            reader.extract(sinks, new Progress(), new Cancellation());
            new PackageWriter(workers).write(reader.manifest(), sources, out, new Progress(), new Cancellation());
        }
    }
}
