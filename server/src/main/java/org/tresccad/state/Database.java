package org.tresccad.state;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The daemon's SQLite database: WAL, {@code synchronous=FULL} (a commit that returned survives a power cut), foreign
 * keys on. Every change of state is one transaction; transactions take the write lock at their start, so two of them
 * never deadlock by upgrading.
 *
 * @see <a href="https://www.sqlite.org/wal.html">SQLite: Write-Ahead Logging</a>
 */
public final class Database implements AutoCloseable {
    private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(20);
    private static final int CONNECTIONS = 6;

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Observer observer;

    private Database(HikariDataSource pool, Jdbi jdbi, Observer observer) {
        this.pool = pool;
        this.jdbi = jdbi;
        this.observer = observer;
    }

    /**
     * Opens, and creates or upgrades, the database in {@code file}.
     *
     * @throws org.flywaydb.core.api.FlywayException when the schema is from a newer version or damaged
     */
    public static Database open(Path file) {
        SQLiteConfig sqlite = new SQLiteConfig();
        sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
        sqlite.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        sqlite.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        sqlite.enforceForeignKeys(true);
        sqlite.setBusyTimeout((int) BUSY_TIMEOUT.toMillis());
        SQLiteDataSource source = new SQLiteDataSource(sqlite);
        source.setUrl("jdbc:sqlite:" + file);
        HikariConfig config = new HikariConfig();
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setPoolName("state");
        HikariDataSource pool = new HikariDataSource(config);
        try {
            Flyway.configure(Database.class.getClassLoader())
                    .dataSource(pool)
                    .locations("classpath:org/tresccad/state/schema")
                    .load()
                    .migrate();
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
        return new Database(pool, Jdbi.create(pool), Observer.NONE);
    }

    /** The same database, seen by {@code watching}; closing either closes both. */
    public Database observedBy(Observer watching) {
        return new Database(pool, jdbi, watching);
    }

    /** Runs {@code work} in one transaction: all of it is durable when this returns, or none of it happened. */
    public <T> T transaction(Function<Handle, T> work) {
        observer.beforeTransaction();
        T result = jdbi.inTransaction(work::apply);
        observer.afterTransaction();
        return result;
    }

    /** As {@link #transaction}, for work without a result. */
    public void execute(Consumer<Handle> work) {
        observer.beforeTransaction();
        jdbi.useTransaction(work::accept);
        observer.afterTransaction();
    }

    /** Runs a read that needs no transaction and takes no write lock. */
    public <T> T read(Function<Handle, T> query) {
        observer.beforeRead();
        return jdbi.withHandle(query::apply);
    }

    @Override
    public void close() {
        pool.close();
    }

    /** Sees each use of the database, in the thread that uses it. What it throws, the user gets. */
    public interface Observer {
        /** Sees nothing. */
        Observer NONE = new Observer() {};

        /** A transaction is about to begin. */
        default void beforeTransaction() {}

        /** A transaction is durable; whoever asked for it does not know yet. */
        default void afterTransaction() {}

        /** A read is about to begin. */
        default void beforeRead() {}
    }
}
