package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.tresccad.identity.UserId;
import org.tresccad.instance.KeyPair;

/**
 * A key pair.
 *
 * <pre>{@code
 * {"keypair": {"name": "mine", "public_key": "ssh-ed25519 AAAA...", "fingerprint": "aa:bb:...", "type": "ssh"}}
 * }</pre>
 */
public final class KeyPairView {
    private KeyPairView() {}

    /** As in a list; 2.2 adds the type. */
    public static ObjectNode listed(KeyPair key, Microversion version) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        fill(view.putObject("keypair"), key, version);
        return view;
    }

    /** As a create answers it. */
    public static ObjectNode created(KeyPair key, UserId user, Optional<String> privateKey, Microversion version) {
        ObjectNode view = listed(key, version);
        ObjectNode inner = view.withObject("/keypair").put("user_id", user.value());
        privateKey.ifPresent(text -> inner.put("private_key", text));
        return view;
    }

    /** As for one key. */
    public static ObjectNode shown(KeyPair key, UserId user, Microversion version) {
        ObjectNode view = listed(key, version);
        view.withObject("/keypair")
                .put("user_id", user.value())
                .put("id", number(key, user))
                .put("created_at", Times.micros(key.createdAt()))
                .put("deleted", false)
                .putNull("deleted_at")
                .putNull("updated_at");
        return view;
    }

    private static void fill(ObjectNode view, KeyPair key, Microversion version) {
        view.put("name", key.name());
        view.put("public_key", key.publicKey());
        view.put("fingerprint", key.fingerprint());
        if (version.isAtLeast(2)) {
            view.put("type", key.type());
        }
    }

    /** Nova's row number, which no request takes; any positive number that stays the same will do. */
    private static int number(KeyPair key, UserId user) {
        return (user.value() + "/" + key.name()).hashCode() & Integer.MAX_VALUE;
    }
}
