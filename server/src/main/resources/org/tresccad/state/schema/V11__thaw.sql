-- When the guest's CPUs stopped, as far as the target knows; unknown for what arrived before this column was there.
ALTER TABLE arrival ADD COLUMN frozen_at INTEGER;
