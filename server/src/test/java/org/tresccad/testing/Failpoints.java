package org.tresccad.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.tresccad.state.Database;

/**
 * Where one life of a host can end. Every durable write and every order to the hypervisor passes two points, before and
 * after. At the chosen one the host dies: that call and all later ones of this life throw {@link Died}, which is an
 * error so that nothing handles it as a failure.
 */
public final class Failpoints implements Database.Observer {
    private final List<String> passed = new ArrayList<>();
    private final Runnable onDeath;
    private int left = Integer.MAX_VALUE;
    private volatile BooleanSupplier end = () -> false;
    private boolean isDead;

    /** {@code onDeath} runs once, in the thread that meets the end. */
    public Failpoints(Runnable onDeath) {
        this.onDeath = onDeath;
    }

    /** Dies at the point with this number, from 0, of those that are passed from now on. */
    public synchronized void dieAt(int point) {
        left = point;
        passed.clear();
    }

    /** Dies after the transaction that makes {@code state} true, which may read the host's database. */
    public synchronized void dieOnce(BooleanSupplier state) {
        end = state;
    }

    /** Dies now. */
    public void die() {
        synchronized (this) {
            if (isDead) {
                return;
            }
            isDead = true;
        }
        onDeath.run();
    }

    /** Whether this life is over. */
    public synchronized boolean isDead() {
        return isDead;
    }

    /** The points that were passed since {@link #dieAt}, in order. */
    public synchronized List<String> passed() {
        return List.copyOf(passed);
    }

    /** Passes a point. */
    public void pass(String point) {
        boolean isTheEnd;
        synchronized (this) {
            check();
            isTheEnd = left-- == 0;
            passed.add(point);
        }
        if (isTheEnd) {
            die();
            throw new Died(point);
        }
    }

    /** Throws when this life is over. */
    public synchronized void check() {
        if (isDead) {
            throw new Died("after its end");
        }
    }

    @Override
    public void beforeTransaction() {
        pass("before a transaction");
    }

    @Override
    public void afterTransaction() {
        pass("after a transaction");
        if (end.getAsBoolean()) {
            die();
            throw new Died("after the transaction");
        }
    }

    @Override
    public void beforeRead() {
        check();
    }

    /** The host is dead. */
    public static final class Died extends Error {
        private static final long serialVersionUID = 1L;

        Died(String where) {
            super(where, null, false, false);
        }
    }
}
