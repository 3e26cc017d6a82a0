"""Names that the parts of the plugin know each other by."""

# Properties of a package's image; docs/package-format.md, "As an image".
PACKAGE = "tresccad_package"
LINEAGE = "tresccad_lineage"
EPOCH = "tresccad_epoch"
# The tresccad host that the package is addressed to.
DESTINATION = "tresccad_destination"
# Of an image that a package's disk stands on, or that has that disk's kernel or ramdisk, and that
# was brought here for it.
BASE = "tresccad_base"
# Of such an image that Glance fetches from another region: the image's own id, which snapshots that
# Nova gives its properties to do not have, and the SHA-512 of its data there.
FETCHED = "tresccad_fetched"
# The security groups of its ports, where it was saved: JSON, ids by MAC.
SECURITY_GROUPS = "tresccad_security_groups"
# The home that a mover claimed the package for, at the home that its manifest names.
HOME_CLAIMED = "tresccad_home_claimed"

# Properties of a record of the register; docs/openstack.md, "Register".
HANDOVER = "tresccad_handover"
VERDICT = "tresccad_verdict"
CLAIMANT = "tresccad_claimant"
RUNNING = "tresccad_running"
RETURNED = "tresccad_returned"

# The package's image that a server is to be restored from, as an item of its system metadata, which
# nova-api alone can write. The same item of its metadata, which its user can write, is for clients
# to see, and is not acted upon.
RESTORE = "tresccad_restore"

# Items of a server's system metadata while it is being saved: the package's image, and from its
# freeze until it is taken back the manifest's nonce.
SAVING = "tresccad_saving"
SAVING_NONCE = "tresccad_saving_nonce"
# The node that makes a server anew that was being saved, from before it has that withdrawn until
# the next save. The node that saved it is done with it then.
TAKEN_BACK = "tresccad_taken_back"
# Nova's task state of a server that is being saved, which says what is done. By no other than a
# delete, an evacuation or an operator's reset can it be left; the power state's synchronization
# leaves the paused guest alone, and a start of nova-compute leaves the server as it is.
TASK_STATE = "shelving_image_uploading"

# What a compute node with our driver has in Placement.
TRAIT = "CUSTOM_TRESCCAD"

# Instance actions and events, as "openstack server event list" shows them.
SAVE_ACTION = "tresccad-save"
# The same, asked for by the guest itself.
GUEST_SAVE_ACTION = "tresccad-save-asked-by-guest"
SAVE_EVENT = "compute_tresccad_save"
