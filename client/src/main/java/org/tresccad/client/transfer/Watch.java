package org.tresccad.client.transfer;

/** Who hears of a transfer and who may end it. */
public record Watch(Progress progress, Cancellation cancellation) {
    /** Nobody hears, nobody ends it. */
    public static Watch none() {
        return new Watch(Progress.NONE, new Cancellation());
    }
}
