package org.tresccad.migration;

import java.time.Duration;
import java.util.Optional;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/**
 * A move that is being carried out.
 *
 * @param limit for what is sent before the freeze; nothing is held back any more afterwards
 * @param longEnough the interruption that was asked for, as {@link MoveTerms#interruption}
 */
record Underway(Progress progress, BandwidthLimit limit, Optional<Duration> longEnough, Cancellation cancellation) {}
