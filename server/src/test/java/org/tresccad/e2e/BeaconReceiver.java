package org.tresccad.e2e;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A program of its own, run in the internet of a set: prints each datagram in a line, after the time in nanoseconds (of
 * no particular zero) and the address it came from. First it prints {@code ready}.
 */
final class BeaconReceiver {
    private static final int MOST_BYTES = 2048;

    private BeaconReceiver() {}

    /** Listens at the address and port given until it is killed. */
    public static void main(String[] arguments) throws IOException {
        try (DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))) {
            System.out.println("ready");
            DatagramPacket packet = new DatagramPacket(new byte[MOST_BYTES], MOST_BYTES);
            while (true) {
                packet.setLength(MOST_BYTES);
                socket.receive(packet);
                long now = System.nanoTime();
                String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
                System.out.println(now + " " + packet.getAddress().getHostAddress() + " " + text.strip());
            }
        }
    }
}
