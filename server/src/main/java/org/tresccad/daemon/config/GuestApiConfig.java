package org.tresccad.daemon.config;

/**
 * The guest listener; it binds the bridge's address, which exists once the network is up.
 *
 * @param port where it listens; guests reach it as port 80 of 169.254.169.254
 * @param limits what guests may use up; each guest has one address
 */
public record GuestApiConfig(int port, HttpLimits limits) {
    static GuestApiConfig read(ConfigReader in) {
        return new GuestApiConfig(
                in.value("port", "8775", text -> Values.whole(text, 1, 65535)), HttpLimits.read(in, 64, 512, 16));
    }
}
